/** OS-level Virtual Environments: one kernel, many places; OpenVZ, Linux-VServer, Solaris Zones. */
import type { Access, Call, Definition, Environment, Spec, Technique, Verdict } from '../../environment/index.ts';
import type { Surroundings } from '../../jail/place.ts';
import { VirtualEnvironment } from './environment.ts';

/** Can this host do it? The same for every store. */
export const probe = async (): Promise<Verdict> => (await import('./probe.ts')).probe();

export class OsLevel implements Technique {
  readonly name = 'os-level';
  readonly shelf = 'jail';
  readonly access: Access = {
    processor: 'the host’s own; all of them, or those and the share it is given',
    memory: 'the host’s own, up to its limit; what it gives back is everybody’s at once',
    disk: 'a directory, a layer or a file system in a file, on the host’s own; no disk of its own',
    network: 'an address of its own on isola’s bridge, behind the host’s; or the host’s network itself',
    devices: 'null, zero, full, random, urandom, tty and terminals',
    'host files': 'directories and files it is shown by --volume, ids mapped',
  };
  readonly leansOn = [
    'crun',
    'conmon',
    'catatonit',
    'busybox-static',
    'lxcfs',
    'dnsmasq-base',
    'nftables',
    'iproute2',
    'util-linux',
  ] as const;
  readonly #surroundings: Surroundings;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  probe(): Promise<Verdict> {
    return probe();
  }

  async check(spec: Spec): Promise<void> {
    (await import('./check.ts')).check(spec, this.#surroundings.store);
  }

  async expect(network: Spec['network'], { signal }: Call): Promise<void> {
    await (await import('../../jail/start/services.ts')).raiseServices(this.#surroundings, { network, view: true }, signal);
  }

  open(definition: Definition): Environment {
    return new VirtualEnvironment(definition, this.#surroundings);
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
