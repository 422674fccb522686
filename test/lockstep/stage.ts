/** Small programs whose interpretation and translation are compared: in 32-bit code without paging, or in 64-bit code with memory mapped onto itself. */

import { type Bits, LabelledCode } from '../../fuzz/isa/labelled.ts';
import { eagernesses, lockstepOf } from '../../fuzz/isa/lockstep.ts';
import { resetState } from '../../fuzz/isa/modes.ts';
import { gateOf, segmentOf } from '../../src/cpu/stage/guest.ts';
import type { Lockstep } from '../../src/cpu/stage/lockstep.ts';
import type { CpuState } from '../../src/machine/index.ts';

export const memoryBytes = 2 ** 19;

export const Place = {
  ...{ tables: 0x1000, pages: 0x4000, gdt: 0x9000, idt: 0xa000, task: 0xb000, handlers: 0xe000 },
  ...{ code: 0x1_0000, stack: 0x1_8000, data: 0x2_0000, other: 0x3_0000 },
} as const;
export const Selector = { code: 8, data: 0x10 } as const;

const pairs = new Map<number, Lockstep>();

/** Each eagerness, with a pair that is used again and again. */
export const eachPair = (work: (pair: Lockstep) => void): void => {
  for (const [index, eagerness] of eagernesses.entries()) {
    const pair = pairs.get(index) ?? lockstepOf(memoryBytes, eagerness);
    pairs.set(index, pair);
    work(pair);
  }
};

export interface Program {
  readonly state: CpuState;
  readonly memory: Uint8Array;
}

export type Writing = (code: LabelledCode) => void;

/** Code from `Place.code` on, and handlers of vectors; those that have none halt. */
export const program = (
  bits: Bits,
  write: Writing,
  {
    handlers = {},
    also = () => {},
  }: { readonly handlers?: Readonly<Record<number, Writing>>; readonly also?: (view: DataView) => void } = {},
): Program => {
  const memory = new Uint8Array(memoryBytes);
  const view = new DataView(memory.buffer);
  if (bits === 64) mapAll(view);
  for (const [selector, rights] of [
    [Selector.code, bits === 64 ? 0xa09b : 0xc09b],
    [Selector.data, 0xc093],
  ] as const)
    view.setBigUint64(Place.gdt + selector, segmentOf(0, 0xf_ffff, rights), true);
  for (let vector = 0; vector < 64; vector++) {
    const at = Place.handlers + 64 * vector;
    memory.set(assembled(bits, at, handlers[vector] ?? ((code) => code.put(0xf4))), at);
    if (bits === 16) view.setUint32(4 * vector, at, true);
    else view.setBigUint64(Place.idt + (bits === 64 ? 16 : 8) * vector, gateOf(Selector.code, at, 0x8e), true);
  }
  const start = bits === 16 ? 0 : Place.code;
  memory.set(assembled(bits, start, write), Place.code);
  also(view);
  return { memory, state: stateOf(bits) };
};

export const assembled = (bits: Bits, start: number, write: Writing): Uint8Array => {
  const code = new LabelledCode(bits);
  write(code);
  return code.at(start);
};

/** Where the entry of a page of 4 KiB is. */
export const pageEntry = (page: number): number => Place.pages + 8 * page;

const mapAll = (view: DataView): void => {
  for (const [level, at] of [0x1000, 0x2000, 0x3000].entries()) view.setBigUint64(at, BigInt(0x1000 * (level + 2) + 7), true);
  for (let page = 0; page < memoryBytes / 4096; page++) view.setBigUint64(pageEntry(page), BigInt(4096 * page + 7), true);
};

const stateOf = (bits: Bits): CpuState => {
  const reset = resetState();
  const isReal = bits === 16;
  const data = { selector: isReal ? 0 : Selector.data, base: 0n, limit: isReal ? 0xffff : 0xffff_ffff, rights: isReal ? 0x93 : 0xc093 };
  const code = { ...data, selector: Selector.code, rights: bits === 64 ? 0xa09b : 0xc09b };
  return {
    ...reset,
    general: reset.general.map((_, number) => (number === 4 ? BigInt(isReal ? 0x8000 : Place.stack) : 0n)),
    rip: BigInt(isReal ? 0 : Place.code),
    ...{ flags: 2, cpl: 0, ss: data, ds: data, es: data, fs: data, gs: data },
    cs: isReal ? { ...data, selector: Place.code >> 4, base: BigInt(Place.code) } : code,
    tr: { selector: 0x28, base: BigInt(Place.task), limit: 0x67, rights: 0x8b },
    gdtr: { base: BigInt(Place.gdt), limit: 0x2f },
    idtr: isReal ? { base: 0n, limit: 0x3ff } : { base: BigInt(Place.idt), limit: 0x3ff },
    cr0: isReal ? 0x30 : bits === 64 ? 0x8000_0031 : 0x31,
    cr3: bits === 64 ? BigInt(Place.tables) : 0n,
    cr4: bits === 64 ? 0x620 : 0x600,
    efer: bits === 64 ? 0xd00 : 0,
  };
};

/** Until it halts, so many at a time; returns how many instructions that were. */
export const untilHalted = (pair: Lockstep, atATime: number): number => {
  const { processor } = pair.interpreting;
  const before = processor.instructions;
  const { why } = pair.run(most, atATime);
  const ran = Number(processor.instructions - before);
  if (why !== 'halt') throw new Error(`it ended with ${why} after ${ran} instructions`);
  return ran;
};
const most = 20_000;

/** Of the one that interprets, to which the other one is equal. */
export const general = (pair: Lockstep, number: number): number => Number(pair.interpreting.processor.save().general[number]);
