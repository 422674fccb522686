/** Memory and a state by chance, in any mode: real-address, virtual-8086, protected of 16 and 32 bits, compatibility and 64-bit, paged in any way or not. */
import { gateOf, segmentOf } from '../../src/cpu/stage/guest.ts';
import { Eflags, formsOf, isa, sample } from '../../src/isa/index.ts';
import type { CpuState, SegmentState } from '../../src/machine/index.ts';
import { mutate, pick, type Random } from '../mutation.ts';
import { type Paging, pagesBy } from './pages.ts';
import { memoryBytes } from './rig.ts';

export const Place = {
  ...{ tables: 0x1000, gdt: 0x9000, idt: 0xa000, ldt: 0xb000, task: 0xc000, other: 0xd000, handlers: 0xe000 },
  ...{ code: 0x1_0000, data: 0x2_0000, stack: 0x1_8000 },
} as const;
const entries = 32;
const forms = isa.flatMap(formsOf);
const words = [[0x0f, 0x0b], [0xf0], [0x66], [0xcc], [0xcf], [0xcb], [0xf4]].map((word) => Uint8Array.from(word));
export const modes = ['real', 'virtual', 'short', 'flat', 'compatible', 'long'] as const;
export type Mode = (typeof modes)[number];

export interface Anywhere {
  readonly state: CpuState;
  readonly memory: Uint8Array;
}

/** `reset` is a state after a reset, of which the rest is taken. */
export const anywhere = (random: Random, reset: CpuState): Anywhere => {
  const mode = pick(random, modes);
  const isLong = mode === 'compatible' || mode === 'long';
  const memory = new Uint8Array(memoryBytes);
  const view = new DataView(memory.buffer);
  const paging: Paging = isLong ? 'long' : mode === 'real' ? 'none' : pick(random, ['none', 'legacy', 'pse', 'pae'] as const);
  pagesBy(random, view, Place.tables, paging);
  fillTables(random, view, mode);
  memory.set(codeBy(random, bitsOf(mode)), Place.code);
  return { memory, state: stateBy(random, reset, mode, paging) };
};

const bitsOf = (mode: Mode): 64 | 32 | 16 => (mode === 'long' ? 64 : mode === 'flat' || mode === 'compatible' ? 32 : 16);

const codeBy = (random: Random, bits: 64 | 32 | 16): Uint8Array => {
  const whole = Array.from(
    { length: 1 + random(40) },
    () => sample(pick(random, forms), { mode: bits, isMemory: random(2) === 0 }, random) ?? [],
  );
  return mutate(random, Uint8Array.from(whole.flat()), words).subarray(0, 0x4000);
};

export const fillTables = (random: Random, view: DataView, mode: Mode): void => {
  for (let entry = 1; entry < entries; entry++) {
    view.setBigUint64(Place.gdt + 8 * entry, anyDescriptor(random), true);
    view.setBigUint64(Place.ldt + 8 * entry, anyDescriptor(random), true);
  }
  const handler = (vector: number): number => Place.handlers + 16 * (vector % 64);
  for (let vector = 0; vector < 256; vector++) {
    view.setUint8(handler(vector), pick(random, [0xcf, 0xcf, 0xf4, 0x90, 0xcb, 0x48]));
    view.setUint8(handler(vector) + 1, 0xcf);
    if (mode === 'real' || mode === 'virtual') view.setUint32(4 * vector, handler(vector), true);
  }
  const gateBytes = mode === 'long' || mode === 'compatible' ? 16 : 8;
  for (let vector = 0; vector < 64; vector++) {
    const selector = random(4) === 0 ? anySelector(random) : 8;
    const gate = gateOf(selector, handler(vector), 0x80 | (random(4) << 5) | pick(random, [6, 7, 14, 15, 14, 15, 5, random(16)]));
    view.setBigUint64(Place.idt + gateBytes * vector, gate, true);
  }
  // Plain code and data of the supervisor and of users, where code was written to expect them.
  const long = mode === 'long' ? 0xa000 : 0xc000;
  for (const [entry, rights] of [0x9b | long, 0xc093, 0xfb | long, 0xc0f3].entries())
    view.setBigUint64(Place.gdt + 8 * (entry + 1), segmentOf(0, 0xf_ffff, rights), true);
  for (const task of [Place.task, Place.other])
    for (let at = 0; at < 0x68; at += 4) view.setUint32(task + at, pick(random, [Place.stack, 8, 0x10, Place.code, random(0x10000)]), true);
};

const anySelector = (random: Random): number => (random(entries) << 3) | random(4) | (random(8) === 0 ? 4 : 0);

const anyDescriptor = (random: Random): bigint => {
  const rights =
    (random(10) > 0 ? 0x80 : 0) | (pick(random, [0, 0, 3, random(4)]) << 5) | (random(2) << 4) | random(16) | (random(16) << 12);
  if ((rights & 0x10) === 0 && random(2) === 0) return gateOf(anySelector(random), Place.code, rights & 0xff, random(4));
  return segmentOf(
    pick(random, [0, 0, Place.other, Place.task, Place.data, random(2 ** 31)]),
    random(2) === 0 ? 0xf_ffff : random(2 ** 20),
    rights,
  );
};

export const stateBy = (random: Random, reset: CpuState, mode: Mode, paging: Paging): CpuState => {
  const isReal = mode === 'real' || mode === 'virtual';
  const isLong = mode === 'long' || mode === 'compatible';
  const cpl = mode === 'real' ? 0 : mode === 'virtual' ? 3 : pick(random, [0, 0, 3]);
  const code = segmentBy(isReal ? 'real' : mode, cpl, true, mode === 'virtual');
  const data = segmentBy(isReal ? 'real' : mode, cpl, false, mode === 'virtual');
  const sometimes = (mask: number): number => (random(2) === 0 ? mask : 0);
  const system: SegmentState = { selector: 0x28, base: BigInt(Place.task), limit: 0xff, rights: 0x8b };
  const flags =
    Eflags.one |
    [Eflags.cf, Eflags.zf, Eflags.df, Eflags.if].map(sometimes).reduce((all, mask) => all | mask, 0) |
    (random(8) === 0 ? Eflags.tf : 0) |
    (random(8) === 0 ? Eflags.ac : 0) |
    (random(4) << 12) |
    (mode === 'virtual' ? Eflags.vm : 0);
  return {
    ...reset,
    general: Array.from({ length: 16 }, (_, number) => (number === 4 ? BigInt(Place.stack) : registerBy(random, isLong))),
    rip: BigInt(isReal ? 0 : Place.code),
    ...{ flags, cpl, cs: code, ss: data, ds: data, es: data, fs: data, gs: data },
    ldtr: { selector: 0x30, base: BigInt(Place.ldt), limit: 0xff, rights: 0x82 },
    tr: system,
    gdtr: { base: BigInt(Place.gdt), limit: 8 * entries - 1 },
    idtr:
      mode === 'real'
        ? { base: 0n, limit: 0x3ff }
        : random(8) === 0
          ? undefined
          : { base: BigInt(Place.idt), limit: isLong ? 0x3ff : 0x1ff },
    cr0:
      ((mode === 'real' ? 0x10 : 0x11) |
        sometimes(1 << 16) |
        sometimes(1 << 18) |
        sometimes(1 << 5) |
        (random(8) === 0 ? 8 : 0) |
        (paging === 'none' ? 0 : 1 << 31)) >>>
      0,
    cr3: BigInt(Place.tables),
    cr4: crBy(random, paging),
    efer: isLong ? 0xd01 : sometimes(1),
    xcr0: pick(random, [1n, 3n, 7n]),
    vectors: reset.vectors.map(() => (BigInt(random(2 ** 31)) << 200n) | (BigInt(random(2 ** 31)) << 90n) | BigInt(random(2 ** 31))),
    time: { ...reset.time, seed: BigInt(random(2 ** 31)) },
  };
};

const crBy = (random: Random, paging: Paging): number => {
  const shape = paging === 'pse' ? 0x10 : paging === 'pae' || paging === 'long' ? 0x20 : 0;
  const extras = [0x200, 0x400, 0x4_0000, 0x80, 0x1_0000].reduce((all, mask) => all | (random(4) > 0 ? mask : 0), 0);
  return shape | extras | (random(8) === 0 ? 0x10_0000 : 0) | (random(8) === 0 ? 0x20_0000 : 0);
};

const registerBy = (random: Random, isWide: boolean): bigint => {
  if (random(3) > 0) return BigInt(pick(random, [Place.data, Place.code, Place.stack]) + random(0x2000));
  if (random(2) === 0) return BigInt(random(0x10000));
  return isWide ? (BigInt(random(2 ** 31)) << 33n) | BigInt(random(2 ** 31)) : BigInt(random(2 ** 31));
};

const segmentBy = (mode: Mode, cpl: number, isCode: boolean, isVirtual: boolean): SegmentState => {
  if (mode === 'real') {
    const base = isCode ? Place.code : 0;
    return { selector: base >> 4, base: BigInt(base), limit: 0xffff, rights: isVirtual ? 0xf3 : 0x93 };
  }
  const selector = (isCode ? 0x08 : 0x10) + (cpl === 3 ? 0x13 : 0);
  const kind = (isCode ? 0x9b : 0x93) | (cpl << 5);
  if (mode === 'short') return { selector, base: 0n, limit: 0xf_ffff, rights: kind };
  return { selector, base: 0n, limit: 0xffff_ffff, rights: kind | (mode === 'long' && isCode ? 0xa000 : 0xc000) };
};
