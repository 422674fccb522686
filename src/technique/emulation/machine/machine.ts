/** A machine whose every instruction isola carries out: an emulated PC, a process in a jail. Its root file system is a disk of its own. */
import { existsSync, statSync } from 'node:fs';
import type { ociRuntime } from '../../../abi/index.ts';
import type { Call, Definition, Limits, Made } from '../../../environment/index.ts';
import { GuestMachine } from '../../../guest/index.ts';
import { isRootless } from '../../../host/user/index.ts';
import { overlaidMark } from '../../../jail/root/disk.ts';
import type { Furnishing } from '../../../jail/start/start.ts';
import type { Shape } from '../process/description.ts';
import { memoryOf, monitorBytes } from './memory.ts';

export class Machine extends GuestMachine {
  readonly kind = 'isola';
  override readonly speaksByWire = true;
  #outset: string | undefined;

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
    // Its own kernel keeps to both, and to the second alone: the processes of its jail are others.
    const { memoryBytes, pids, ...others } = limits;
    if (isRootless() || memoryBytes === undefined) return others;
    return { ...others, memoryBytes: memoryOf(limits) + monitorBytes };
  }

  override async limitPids(most: number | undefined): Promise<void> {
    if (this.pid !== null) await (await import('./pids.ts')).limitPids(this, most);
  }

  /** The first of its network cards leads to its agent. */
  get shape(): Shape {
    const { spec, address } = this.definition;
    return { memoryBytes: memoryOf(spec.limits), cards: address === null ? 1 : 2 };
  }

  /** Whether its disk has only what differs from the template's. */
  get isOverlaid(): boolean {
    return existsSync(overlaidMark(this.place.lasting));
  }

  /** How large its disk is. */
  get diskBytes(): number {
    return statSync(this.isOverlaid ? this.definition.template.disk : this.place.image).size;
  }

  /** Path of the snapshot that it goes on from, once its start is under way. */
  get outset(): string {
    if (this.#outset === undefined) throw new Error(`${this.definition.name} has nothing to go on from`);
    return this.#outset;
  }

  override async start(call: Call): Promise<void> {
    this.#outset = await (await import('./outset.ts')).obtainOutset(this.surroundings, this.shape, call);
    await super.start(call);
  }

  async configure(parts: Furnishing): Promise<ociRuntime.RuntimeConfig> {
    return (await import('./configure.ts')).configure(this, parts);
  }
}
