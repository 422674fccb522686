/** Emulation: a computer of its own, none of whose instructions is the host's. */

import { Machine } from '../../computer/machine/machine.ts';
import type { Access, Call, Definition, Environment, Spec, Technique, Verdict } from '../../environment/index.ts';
import type { Surroundings } from '../../jail/place.ts';

/** Can this host do it? The same for every store. `guest`: the directory of the programs that isola brings for guests. */
export const probe = async (guest: string): Promise<Verdict> => (await import('../../computer/machine/probe.ts')).probe(guest);

export class Emulation implements Technique {
  readonly name = 'emulation';
  readonly shelf = 'disk';
  readonly incomparable = 'its programs take ten times the host’s time and more, for which a comparison of minutes has no room';
  readonly access: Access = {
    processor: 'none of the host’s: each instruction is carried out by isola, as WebAssembly in a process of its own',
    memory: 'a piece of that process’s memory, of the size it was given; it takes of the host what it has touched',
    disk: 'a file that is a disk, by an emulated NVMe controller',
    network: 'an address of its own on isola’s bridge, by an emulated network card; never the host’s network itself',
    devices: 'its own, all emulated: a PC’s',
    'host files':
      'directories and files it is shown by --volume, ids mapped, by an emulated card (virtio-fs) and a small server in its jail',
  };
  readonly leansOn = [
    'crun',
    'conmon',
    'busybox-static',
    'dnsmasq-base',
    'nftables',
    'iproute2',
    'util-linux',
    'e2fsprogs',
    'lz4',
  ] as const;
  readonly #surroundings: Surroundings;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  probe(): Promise<Verdict> {
    return probe(this.#surroundings.guest);
  }

  async check(spec: Spec): Promise<void> {
    (await import('../../computer/machine/check.ts')).check(spec, this.#surroundings.store);
  }

  async expect(network: Spec['network'], call: Call): Promise<void> {
    const { raiseServices } = await import('../../jail/start/services.ts');
    const { obtainKernel } = await import('../../computer/kernel/kernel.ts');
    await Promise.all([raiseServices(this.#surroundings, { network, view: false }, call.signal), obtainKernel(this.#surroundings, call)]);
  }

  open(definition: Definition): Environment {
    return new Machine(definition, this.#surroundings);
  }

  get shares(): object {
    return this.#surroundings;
  }

  async sweep(living: readonly Definition[], repair: boolean): Promise<readonly string[]> {
    const found = await (await import('../../jail/repair/sweep.ts')).sweep(this.#surroundings, living, repair);
    // Whoever prepares one at the moment has this there, too: who only looks can't tell.
    if (!repair) return found;
    return [...found, ...(await (await import('../../computer/machine/left.ts')).removeLeft(this.#surroundings))];
  }

  async rest(soon: boolean): Promise<void> {
    const { lowerServices, lowerServicesSoon } = await import('../../jail/start/services.ts');
    await (soon ? lowerServicesSoon : lowerServices)(this.#surroundings);
  }
}
