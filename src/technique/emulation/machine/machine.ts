/** A machine whose every instruction isola carries out: an emulated PC, a process in a jail. Its root file system is a disk of its own. */
import type { ociRuntime } from '../../../abi/index.ts';
import type { Call, Definition, Limits, Made } from '../../../environment/index.ts';
import { GuestMachine } from '../../../guest/index.ts';
import { isRootless } from '../../../host/user/index.ts';
import type { Furnishing } from '../../../jail/start/start.ts';
import { monitorBytes } from './memory.ts';

export class Machine extends GuestMachine {
  readonly kind = 'isola';
  override readonly speaksByWire = true;

  as(definition: Definition): Machine {
    return new Machine(definition, this.surroundings);
  }

  async refuseChange(limits: Limits): Promise<void> {
    (await import('./check.ts')).refuseChange(this, limits);
  }

  override async chooseRoot(): Promise<Made> {
    return { kind: 'disk', reason: 'a computer has a disk' };
  }

  override groupLimits(limits: Limits): Limits {
    const { memoryBytes, ...others } = limits;
    // Its own kernel keeps to it, too.
    if (isRootless()) return others;
    return memoryBytes === undefined ? limits : { ...limits, memoryBytes: memoryBytes + monitorBytes };
  }

  override async start(call: Call): Promise<void> {
    await (await import('../kernel/kernel.ts')).obtainKernel(this.surroundings, call);
    await super.start(call);
  }

  async configure(parts: Furnishing): Promise<ociRuntime.RuntimeConfig> {
    return (await import('./configure.ts')).configure(this, parts);
  }
}
