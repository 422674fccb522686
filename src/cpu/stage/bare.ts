/** A processor in 64-bit mode with hardly anything around it: what tests of single instructions begin with. */
import { State, supervising } from '../../isa/index.ts';
import { setLong } from '../code/mode.ts';
import type { Engine } from '../engine.ts';
import type { Owner } from '../owner.ts';
import { Processor } from '../processor.ts';
import { engineOfRows } from './engine.ts';
import { takeRam } from './spare.ts';

/** With the rows of control registers and their kin alone: made in a fraction of the time of all. */
export const controlEngine = (): Engine => {
  const { register, cache, model, call, identity } = supervising;
  return engineOfRows(register, cache, model, call, identity);
};

export class Bare {
  /** Where its code begins. */
  static readonly at = 0x10000n;
  readonly ram = takeRam();
  readonly processor: Processor;

  /** The first 2 MiB are mapped onto themselves, for users, too; its tables are in the first 16 KiB. */
  constructor(engine: Engine, code: readonly number[], owner: Owner = {}) {
    this.ram.write64(0x1000, 0x2007n);
    this.ram.write64(0x2000, 0x3007n);
    this.ram.write64(0x3000, 0x87n);
    this.ram.write(Number(Bare.at), Uint8Array.from(code));
    this.processor = new Processor(this.ram, engine, undefined, owner);
    setLong(this.state, 0x1000n);
    this.set(State.rip, Bare.at);
    this.processor.flush();
  }

  get state(): DataView {
    return this.processor.state;
  }

  get(place: number): bigint {
    return this.state.getBigUint64(place, true);
  }

  /** Changes its state, and has it look at that. */
  set(place: number, value: bigint): void {
    this.state.setBigUint64(place, BigInt.asUintN(64, value), true);
    this.processor.flush();
  }

  /** Privilege 3 from now on. */
  becomeUser(): void {
    this.state.setUint32(State.cpl, 3, true);
    this.processor.flush();
  }

  /** What comes of one instruction: the vector of its exception, undefined where it is through. */
  step(): number | undefined {
    const exit = this.processor.run(1);
    return exit.why === 'exception' ? exit.vector : undefined;
  }
}
