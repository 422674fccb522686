/** Paravirtualization: a guest kernel that knows its monitor. User-Mode Linux, whose monitor is the host's own kernel; User Mode Linux howto, 1. */
import type { Access, Call, Definition, Environment, Spec, Technique, Verdict } from '../../environment/index.ts';
import type { Surroundings } from '../../jail/place.ts';
import { Machine } from './machine.ts';

/** Can this host do it? The same for every store. `guest`: the directory of the programs that isola brings for guests. */
export const probe = async (guest: string): Promise<Verdict> => (await import('./probe.ts')).probe(guest);

export class Paravirtualization implements Technique {
  readonly name = 'paravirtualization';
  readonly shelf = 'jail';
  readonly access: Access = {
    processor: 'one of the host’s, as a process of the host; its programs are others, which the guest’s kernel stops at each system call',
    memory: 'a file in the host’s memory of the size it was given; what it has touched once stays taken until it ends',
    disk: 'a directory, a layer or a file system in a file, through a small server in its jail (virtio-fs); no disk of its own',
    network: 'an address of its own on isola’s bridge, by a kernel of its own; never the host’s network itself',
    devices: 'its own kernel’s: terminals, loop, tun and what else that can do without hardware',
    'host files': 'directories and files it is shown by --volume, ids mapped',
  };
  readonly leansOn = ['user-mode-linux', 'crun', 'conmon', 'busybox-static', 'dnsmasq-base', 'nftables', 'iproute2', 'util-linux'] as const;
  readonly #surroundings: Surroundings;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  probe(): Promise<Verdict> {
    return probe(this.#surroundings.guest);
  }

  async check(spec: Spec): Promise<void> {
    (await import('./check.ts')).check(spec, this.#surroundings.store);
  }

  async expect(network: Spec['network'], { signal }: Call): Promise<void> {
    await (await import('../../jail/start/services.ts')).raiseServices(this.#surroundings, { network, view: false }, signal);
  }

  open(definition: Definition): Environment {
    return new Machine(definition, this.#surroundings);
  }

  get shares(): object {
    return this.#surroundings;
  }

  async sweep(living: readonly Definition[], repair: boolean): Promise<readonly string[]> {
    return (await import('../../jail/repair/sweep.ts')).sweep(this.#surroundings, living, repair);
  }

  async rest(soon: boolean): Promise<void> {
    const { lowerServices, lowerServicesSoon } = await import('../../jail/start/services.ts');
    await (soon ? lowerServicesSoon : lowerServices)(this.#surroundings);
  }
}
