/** What techniques have in common whose environments are computers: all but the processor. */
import type { Access, Call, Definition, Environment, Spec, Technique, TechniqueName, Verdict } from '../environment/index.ts';
import type { Surroundings } from '../jail/place.ts';
import { type ChooseProcessor, Machine } from './machine/machine.ts';

export abstract class ComputerTechnique implements Technique {
  abstract readonly name: TechniqueName;
  abstract readonly access: Access;
  readonly shelf = 'disk';
  readonly leansOn: Technique['leansOn'] = [
    'crun',
    'conmon',
    'busybox-static',
    'dnsmasq-base',
    'nftables',
    'iproute2',
    'util-linux',
    'e2fsprogs',
    'lz4',
  ];
  protected readonly surroundings: Surroundings;

  constructor(surroundings: Surroundings) {
    this.surroundings = surroundings;
  }

  abstract probe(): Promise<Verdict>;

  protected abstract readonly choose: ChooseProcessor;

  async check(spec: Spec): Promise<void> {
    (await import('./machine/check.ts')).check(spec, this.surroundings.store);
  }

  async expect(network: Spec['network'], call: Call): Promise<void> {
    const { raiseServices } = await import('../jail/start/services.ts');
    const { obtainKernel } = await import('./kernel/kernel.ts');
    await Promise.all([raiseServices(this.surroundings, { network, view: false }, call.signal), obtainKernel(this.surroundings, call)]);
  }

  open(definition: Definition): Environment {
    return new Machine(definition, this.surroundings, this.choose);
  }

  get shares(): object {
    return this.surroundings;
  }

  async sweep(living: readonly Definition[], repair: boolean): Promise<readonly string[]> {
    const found = await (await import('../jail/repair/sweep.ts')).sweep(this.surroundings, living, repair);
    // Whoever prepares one at the moment has this there, too: who only looks can't tell.
    if (!repair) return found;
    return [...found, ...(await (await import('./machine/left.ts')).removeLeft(this.surroundings))];
  }

  async rest(soon: boolean): Promise<void> {
    const { lowerServices, lowerServicesSoon } = await import('../jail/start/services.ts');
    await (soon ? lowerServicesSoon : lowerServices)(this.surroundings);
  }
}

/** What of the host is reached from inside, whichever the processor. */
export const accessOfComputers: Omit<Access, 'processor'> = {
  memory: 'a piece of its process’s memory, of the size it was given; it takes of the host what it has touched',
  disk: 'a file that is a disk, by an emulated NVMe controller',
  network: 'an address of its own on isola’s bridge, by an emulated network card; never the host’s network itself',
  devices: 'its own, all emulated: a PC’s',
  'host files': 'directories and files it is shown by --volume, ids mapped, by an emulated card (virtio-fs) and a small server in its jail',
};
