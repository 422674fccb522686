/** The same cases on the emulated processor, in compatibility mode as on the host, with the same local table. */
import { Cr0, Cr4, Efer, type Engine, Processor, Ram, setLong } from '../../../src/cpu/index.ts';
import { readFlags, Segment, SegmentPart, State, segmentPlace, writeFlags } from '../../../src/isa/index.ts';
import { type Case, flatCode, flatData, longCode } from './cases.ts';
import type { Result } from './host.ts';
import { codeAt, dataAt, descriptorOf, type Entry, pageBytes } from './table.ts';

/** Physical addresses. */
const Place = { tables: 0x1000, gdt: 0x6000, task: 0x7000, ldt: 0x8000, code: 0x1_0000, data: 0x1_1000 } as const;
/** Selectors that Linux gives every processor, which programs may ask for: linux arch/x86/include/asm/segment.h. */
const Selector = { task: 0x40, ldt: 0x50, processor: 0x78 } as const;
/** Far more than a call of itself takes until its stack ends. */
const most = 10_000;
const breakpoint = 3;
const int3 = 0xcc;
/** The vector of what goes on and on. */
export const unended = -1;
const flat = { code: 0x00cf_fb00_0000_ffffn, data: 0x00cf_f300_0000_ffffn, long: 0x00af_fb00_0000_ffffn } as const;
/** Data that is read only, whose limit tells the processor's number: linux arch/x86/entry/vdso/vma.c. */
const processorNumber = 0x0000_f500_0000_0000n;

export interface Told extends Result {
  readonly sumBefore: number;
}

export class Machine {
  readonly #ram = new Ram(2 ** 20);
  readonly #processor: Processor;

  constructor(engine: Engine, entries: readonly Entry[]) {
    this.#processor = new Processor(this.#ram, engine);
    const { state } = this.#processor;
    this.#map();
    for (const [number, entry] of entries.entries()) this.#ram.write64(Place.ldt + 8 * number, descriptorOf(entry));
    this.#ram.write64(Place.gdt + (flatCode & ~7), flat.code);
    this.#ram.write64(Place.gdt + (flatData & ~7), flat.data);
    this.#ram.write64(Place.gdt + (longCode & ~7), flat.long);
    this.#ram.write64(Place.gdt + Selector.processor, processorNumber);
    setLong(state, BigInt(Place.tables));
    state.setUint32(State.cr4, state.getUint32(State.cr4, true) | Cr4.osfxsr | Cr4.osxmmexcpt, true);
    state.setUint32(State.cr0, state.getUint32(State.cr0, true) | Cr0.am, true);
    state.setBigUint64(State.efer, state.getBigUint64(State.efer, true) | BigInt(Efer.nxe), true);
    state.setBigUint64(State.gdtr, BigInt(Place.gdt), true);
    state.setUint32(State.gdtr + 8, 0x7f, true);
    this.#load(State.ldtr, Selector.ldt, BigInt(Place.ldt), 8 * entries.length - 1, 0x82);
    // A task that may use no port: it has no map of them.
    this.#load(State.tr, Selector.task, BigInt(Place.task), 0x67, 0x8b);
    this.#ram.write64(Place.task + 0x60, 0x68n << 48n);
  }

  run({ code, at, registers, flags, selector, offset, seed }: Case, table: readonly Entry[]): Told {
    const [{ state }, { bytes, begin }] = [this.#processor, this.#ram];
    bytes.fill(0xcc, begin + Place.code, begin + Place.code + pageBytes);
    bytes.set(code.subarray(0, pageBytes - at), begin + Place.code + at);
    const data = new DataView(bytes.buffer, begin + Place.data, pageBytes);
    fill(data, seed);
    const sumBefore = sumOf(data);
    for (const [number, word] of registers.entries()) state.setBigUint64(State.gpr + 8 * number, BigInt(word), true);
    writeFlags(state, flags);
    state.setBigUint64(State.rip, BigInt(offset), true);
    this.#start(selector, table);
    this.#processor.forget();
    const exit = this.#processor.run(most);
    // There is no table of interrupts for the breakpoint at the end; the host is behind it, we are at it.
    const breakpointBytes = exit.why === 'unsupported' ? this.#breakpointBytes() : 0;
    const trap = exit.why === 'exception' ? exit.vector : exit.why === 'unsupported' ? breakpoint : unended;
    // Of null selectors nothing is left when the kernel returns to who takes a signal: SDM Vol. 2A, IRET.
    const selectorOf = (segment: Segment): number => {
      const loaded = state.getUint16(segmentPlace(segment) + SegmentPart.selector, true);
      return loaded < 4 ? 0 : loaded;
    };
    return {
      registers: registers.map((_, number) => state.getUint32(State.gpr + 8 * number, true)),
      flags: readFlags(state),
      rip: state.getUint32(State.rip, true) + breakpointBytes,
      trap,
      error: exit.why === 'exception' ? exit.error : 0,
      selectors: [Segment.cs, Segment.ss, Segment.ds, Segment.es, Segment.gs].map(selectorOf),
      ...{ sum: sumOf(data), sumBefore },
    };
  }

  /** With prefixes before it. */
  #breakpointBytes(): number {
    const { bytes, begin } = this.#ram;
    const [place, { state }] = [segmentPlace(Segment.cs), this.#processor];
    const linear = state.getBigUint64(place + SegmentPart.base, true) + state.getBigUint64(State.rip, true);
    const from = begin + Place.code + Number(linear & 0xfffn);
    return 1 + bytes.subarray(from).indexOf(int3);
  }

  /** What Linux leaves at a return from a signal. */
  #start(selector: number, table: readonly Entry[]): void {
    const { state } = this.#processor;
    state.setUint32(State.cpl, 3, true);
    state.setUint32(State.shadow, 0, true);
    for (const segment of [Segment.ss, Segment.ds, Segment.es]) this.#load(segmentPlace(segment), flatData, 0n, 0xffff_ffff, 0xc0f3);
    for (const segment of [Segment.fs, Segment.gs]) this.#load(segmentPlace(segment), 0, 0n, 0, 0);
    const entry = selector === flatCode ? undefined : table[selector >> 3];
    const descriptor = entry === undefined ? flat.code : descriptorOf(entry);
    const low = Number((descriptor & 0xffffn) | ((descriptor >> 32n) & 0xf_0000n));
    const rights = Number((descriptor >> 40n) & 0xf0ffn);
    const limit = (rights & 0x8000) === 0 ? low : ((low << 12) | 0xfff) >>> 0;
    this.#load(segmentPlace(Segment.cs), selector, BigInt(entry?.base ?? 0), limit, rights);
  }

  #load(place: number, selector: number, base: bigint, limit: number, rights: number): void {
    const { state } = this.#processor;
    state.setUint32(place + SegmentPart.selector, selector, true);
    state.setBigUint64(place + SegmentPart.base, base, true);
    state.setUint32(place + SegmentPart.limit, limit, true);
    state.setUint32(place + SegmentPart.rights, rights, true);
  }

  /** The first 2 MiB for the system, and a page each of code and data. */
  #map(): void {
    const [top, second, third, system, user] = [0, 1, 2, 3, 4].map((page) => Place.tables + page * pageBytes) as [
      number,
      number,
      number,
      number,
      number,
    ];
    this.#ram.write64(top, BigInt(second | 7));
    this.#ram.write64(second, BigInt(third | 7));
    this.#ram.write64(third, BigInt(system | 3));
    this.#ram.write64(third + 8 * (codeAt >>> 21), BigInt(user | 7));
    for (let page = 0; page < 256; page++) this.#ram.write64(system + 8 * page, BigInt((page * pageBytes) | 3));
    for (const [linear, physical] of [[codeAt, Place.code] as const, [dataAt, Place.data] as const])
      this.#ram.write64(user + 8 * ((linear >>> 12) & 511), BigInt(physical | 7));
  }
}

/** As segments.c does. */
const fill = (data: DataView, seed: number): void => {
  let state = seed;
  for (let at = 0; at < pageBytes; at += 4) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data.setUint32(at, state, true);
  }
};

const sumOf = (data: DataView): number => {
  let sum = 0;
  for (let at = 0; at < pageBytes; at += 4) sum = (Math.imul(sum, 31) + data.getUint32(at, true)) >>> 0;
  return sum;
};
