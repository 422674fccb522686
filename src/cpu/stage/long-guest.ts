/** The same guest in long mode: gates of 16 bytes, a task of 64 bits, and memory mapped onto itself for all. */
import { State } from '../../isa/index.ts';
import { setLong } from '../code/mode.ts';
import type { Engine } from '../engine.ts';
import type { Owner } from '../owner.ts';
import { Descriptor } from '../segment/descriptor.ts';
import { dpl, Guest, gateOf, handlerOf, Place, Rights, Selector, segmentOf } from './guest.ts';

const tables = 0x1f_0000;

/** Code of 64 bits, in the descriptor's bits 40 to 55. */
export const longCode = 0xa09b;
/** Of compatibility mode, as `Selector.userCode` of 32 bits. */
export const compatible = 0x3b;

export class LongGuest extends Guest {
  /** At privilege 0 of 64-bit code. */
  constructor(engine: Engine, owner?: Owner) {
    super(engine, undefined, owner);
    const { ram, processor } = this;
    const { state } = processor;
    ram.write64(tables, BigInt(tables + 0x1007));
    ram.write64(tables + 0x1000, BigInt(tables + 0x2007));
    ram.write64(tables + 0x2000, 0x87n);
    setLong(state, BigInt(tables));
    state.setUint32(State.idtr + 8, 0xfff, true);
    this.describe(Selector.code, segmentOf(0, 0, longCode));
    this.describe(Selector.userCode, segmentOf(0, 0, longCode | dpl(3)));
    this.describe(compatible, segmentOf(0, 0xf_ffff, Rights.code | dpl(3)));
    this.describe(Selector.task, segmentOf(Place.task, 0x67, Rights.task | 2));
    this.describe(Selector.task + 8, 0n);
    this.registers.setLoaded(State.tr, new Descriptor(Selector.task, 0n, this.described(Selector.task)).loaded());
    ram.write64(Place.task + 4, BigInt(Place.innerStack));
    for (let vector = 0; vector < 256; vector++) this.handle(vector, gateOf(Selector.code, handlerOf(vector), Rights.interrupt));
    this.privilege(0);
    processor.flush();
  }

  /** One of 16 bytes, whose upper half is zeros here. */
  override handle(vector: number, gate: bigint, upper = 0n): void {
    this.ram.write64(Place.idt + 16 * vector, gate);
    this.ram.write64(Place.idt + 16 * vector + 8, upper);
  }

  quads(count: number): readonly number[] {
    return Array.from({ length: count }, (_, index) => Number(this.ram.read64(Number(this.registers.stackPointer) + 8 * index)));
  }
}
