/** A processor with a program of 32 bits in pages of its own: under a system of 64 bits, or one of 32 with either shape of page tables. */
import { type Engine, Processor, Ram, setFlat } from '../../src/cpu/index.ts';
import type { Owner } from '../../src/cpu/owner.ts';
import { Eflags, readFlags, Segment, SegmentPart, State, segmentPlace, writeFlags } from '../../src/isa/index.ts';
import { comparedFlags } from './alike.ts';
import { codeAt, dataAt } from './native.ts';
import { dataBytes } from './pieces.ts';
import { savedX87 } from './x87.ts';

export type System = 'of 64 bits' | 'of 32 bits, with PAE' | 'of 32 bits';
export const systems = ['of 64 bits', 'of 32 bits, with PAE', 'of 32 bits'] as const satisfies readonly System[];

/** Physical: tables, one page before the code, the code, the data, and a page behind it that can't be written. */
const Place = { tables: 0x1000, before: 0x1_0000, code: 0x1_1000, data: 0x1_2000, behind: 0x1_3000 } as const;
export const memoryBytes = 2 ** 18;
/** Present, written, for users, accessed and dirty. */
const [entry, readOnly] = [0x67, 0x65] as const;
const [cr0, long] = [0x8001_0033, 0x500] as const;
/** Where GS begins, within the data. */
const ownAt = dataAt + 256n;

export class World {
  readonly ram: Ram;
  readonly processor: Processor;

  constructor(engine: Engine, system: System, owner: Owner) {
    this.ram = new Ram(memoryBytes);
    this.processor = new Processor(this.ram, engine, undefined, owner);
    const { state } = this.processor;
    const isLong = system === 'of 64 bits';
    const bytes = system === 'of 32 bits' ? 4 : 8;
    const put = (table: number, index: number, value: number): void => {
      if (bytes === 8) this.ram.write64(table + 8 * index, BigInt(value));
      else this.ram.write32(table + 4 * index, value);
    };
    const last = Place.tables + 0x3000;
    if (isLong) {
      put(Place.tables, 0, Place.tables + 0x1000 + entry);
      put(Place.tables + 0x1000, 0, Place.tables + 0x2000 + entry);
    } else if (bytes === 8) put(Place.tables, 0, Place.tables + 0x2001);
    const inEntry = bytes === 8 ? 2 ** 21 : 2 ** 22;
    put(bytes === 8 ? Place.tables + 0x2000 : Place.tables, Number(codeAt) / inEntry, last + entry);
    for (const [linear, physical, rights] of [
      [Number(codeAt), Place.code, readOnly],
      [Number(codeAt) + 0x1000, Place.before, readOnly],
      [Number(dataAt), Place.data, entry],
      [Number(dataAt) + 0x1000, Place.behind, readOnly],
    ] as const)
      put(last, (linear % inEntry) / 4096, physical + rights);
    state.setBigUint64(State.cr0, BigInt(cr0), true);
    state.setBigUint64(State.cr3, BigInt(Place.tables), true);
    // PSE, PAE, OSFXSR, OSXMMEXCPT, OSXSAVE.
    state.setBigUint64(State.cr4, BigInt(0x4_0610 | (bytes === 8 ? 0x20 : 0)), true);
    state.setBigUint64(State.xcr0, 7n, true);
    state.setBigUint64(State.efer, BigInt(isLong ? long : 0), true);
    state.setUint32(State.cpl, 3, true);
    setFlat(state, 32);
    for (const segment of [Segment.es, Segment.cs, Segment.ss, Segment.ds, Segment.gs]) {
      const isCode = segment === Segment.cs;
      state.setUint32(segmentPlace(segment) + SegmentPart.rights, isCode ? 0xc0fb : 0xc0f3, true);
      state.setUint32(segmentPlace(segment) + SegmentPart.selector, (isLong ? 0x20 : 0x70) + (isCode ? 3 : 0xb), true);
    }
    state.setUint32(segmentPlace(Segment.fs) + SegmentPart.rights, 0, true);
    state.setBigUint64(segmentPlace(Segment.gs) + SegmentPart.base, ownAt, true);
    this.processor.flush();
  }

  /** Before a program of these bytes runs, with these registers and flags and this data. */
  begin({ code, registers, data }: Begun): void {
    const { state } = this.processor;
    this.ram.fill(Place.code, 4096);
    this.ram.write(Place.code, code);
    this.ram.fill(Place.data, 4096);
    this.ram.write(Place.data, data);
    this.ram.readers.spoil(Place.code, 4096);
    this.ram.readers.spoil(Place.data, 4096);
    for (let number = 0; number < 8; number++) state.setBigUint64(State.gpr + 8 * number, registers[number] ?? 0n, true);
    writeFlags(state, Number(registers[8] ?? 0n) | Eflags.one | Eflags.if);
    state.setBigUint64(State.rip, codeAt, true);
  }

  /** Until an exception, which nobody takes; undefined where there is none for long. */
  run(): string | undefined {
    for (let runs = 0; runs < 20; runs++) {
      const exit = this.processor.run(5000, 5e6);
      if (exit.why === 'exception') return `${exit.vector} ${exit.error} at ${exit.address.toString(16)}`;
    }
    return undefined;
  }

  /** All that a program has, by names. */
  get told(): Readonly<Record<string, string>> {
    const { state } = this.processor;
    const hex = (from: number, bytes: number): string => Buffer.from(state.buffer, state.byteOffset + from, bytes).toString('hex');
    const x87 = savedX87(state);
    return {
      ...Object.fromEntries(Array.from({ length: 8 }, (_, number) => [`register ${number}`, hex(State.gpr + 8 * number, 4)])),
      ...Object.fromEntries(Array.from({ length: 8 }, (_, number) => [`ymm${number}`, hex(State.vectors + 64 * number, 32)])),
      ...Object.fromEntries(Array.from({ length: 6 }, (_, number) => [`segment ${number}`, hex(segmentPlace(number), 20)])),
      flags: (readFlags(state) & comparedFlags).toString(16),
      ip: hex(State.rip, 8),
      mxcsr: hex(State.mxcsr, 4),
      // The opcode and addresses nobody compares.
      x87: Buffer.from(x87.subarray(0, 5)).toString('hex') + Buffer.from(x87.subarray(24)).toString('hex'),
      data: Buffer.from(this.ram.bytes.buffer, this.ram.begin + Place.data, dataBytes).toString('hex'),
    };
  }
}

export interface Begun {
  readonly code: Uint8Array;
  /** EAX to EDI, then the flags. */
  readonly registers: readonly bigint[];
  readonly data: Uint8Array;
}
