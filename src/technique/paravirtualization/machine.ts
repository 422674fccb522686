/**
 * A machine whose kernel is an ordinary process: User-Mode Linux, in a jail. Its root file system is the environment's directory, which the
 * guest's kernel reaches by virtio-fs; so the same files serve every technique that jails.
 */
import type { ociRuntime } from '../../abi/index.ts';
import type { Definition, Limits } from '../../environment/index.ts';
import { GuestMachine } from '../../guest/index.ts';
import { isRootless } from '../../host/user/index.ts';
import type { Furnishing } from '../../jail/start/start.ts';
import { monitorBytes } from './memory.ts';

export class Machine extends GuestMachine {
  readonly kind = 'uml';
  override readonly mayFixAddresses = true;

  as(definition: Definition): Machine {
    return new Machine(definition, this.surroundings);
  }

  async refuseChange(limits: Limits): Promise<void> {
    (await import('./check.ts')).refuseChange(this, limits);
  }

  override groupLimits(limits: Limits): Limits {
    const { memoryBytes, ...others } = limits;
    // Its own kernel keeps to it, too.
    if (isRootless()) return others;
    return memoryBytes === undefined ? limits : { ...limits, memoryBytes: memoryBytes + monitorBytes };
  }

  async configure(parts: Furnishing): Promise<ociRuntime.RuntimeConfig> {
    return (await import('./start/configure.ts')).configure(this, parts);
  }
}
