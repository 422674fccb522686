/** Sees what a computer's processor does, and tells it line by line. */
import type { Pc } from '../../board/index.ts';
import { type Direction, type Fetch, type Interruption, modeOf, type Observer, type Processor } from '../../cpu/index.ts';
import type { TraceChoice, TraceKind } from '../../environment/index.ts';
import { decode, disassemble, isa, Segment, SegmentPart, segmentPlace, tableOf } from '../../isa/index.ts';
import { Changes } from './changes.ts';
import { hex, told } from './told.ts';

const pageBytes = 4096;
const digits = { 16: 4, 32: 8, 64: 16 } as const;
const cs = segmentPlace(Segment.cs);

/** An instruction or an interrupt that isn't through: what is told of it so far. */
interface Pending {
  readonly text: string;
  readonly bits: 16 | 32 | 64;
  /** What it did, which comes behind it. */
  readonly deeds: string[];
}

export class Tracer implements Observer {
  readonly #choice: TraceChoice;
  /** With the names of instructions. */
  readonly #table = tableOf(isa);
  readonly #write: (line: string) => void;
  #pc: Pc | undefined;
  #processor: Processor | undefined;
  #changes: Changes | undefined;
  #pending: Pending | undefined;
  #isOn: boolean;
  #isOver = false;
  #left: number;
  awaited: bigint | undefined;

  constructor(choice: TraceChoice, write: (line: string) => void) {
    this.#choice = choice;
    this.#write = write;
    this.#left = choice.count ?? Number.POSITIVE_INFINITY;
    this.#isOn = choice.from === undefined;
    this.awaited = this.#isOn ? choice.until : choice.from;
  }

  /** What it sees belongs to this one. */
  watch(pc: Pc): void {
    const { emulated } = pc;
    if (emulated === undefined) throw new Error('a processor that is not emulated is traced');
    this.#pc = pc;
    this.#processor = emulated;
    this.#changes = new Changes(emulated.state);
  }

  get seesEach(): boolean {
    return this.#isOn && this.#choice.kinds.has('instructions');
  }

  /** Whether it will tell nothing more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  arrive(): void {
    if (this.#isOn) {
      this.#stop();
      return;
    }
    this.#isOn = true;
    this.awaited = this.#choice.until;
  }

  instruction(fetch: Fetch): void {
    this.settle();
    const [pc, processor] = [this.#pc, this.#processor];
    if (pc === undefined || processor === undefined || !this.#isOn) return;
    const { state, rip } = processor;
    const bits = modeOf(state).code;
    const linear = bits === 64 ? rip : BigInt.asUintN(32, state.getBigUint64(cs + SegmentPart.base, true) + rip);
    const { within } = this.#choice;
    if (within !== undefined && (linear < within[0] || linear > within[1])) return;
    const physical = fetch.page * pageBytes + fetch.offset;
    const code = this.#bytes(pc, fetch, physical);
    const address = BigInt(physical) === linear ? hex(linear, 8) : `${hex(linear, bits === 64 ? 16 : 8)}/${hex(physical, 8)}`;
    const words = code === undefined ? '' : this.#words(code, rip, bits);
    const bytes = code === undefined ? '' : Buffer.from(code).toString('hex');
    this.#await(`${this.#number(false)} ${this.#place(bits)} [${address}] ${bytes.padEnd(20)} ${words}`, bits);
  }

  interrupt(what: Interruption): void {
    this.settle();
    // What an instruction asks for or is stopped by has its number: it is paid.
    const isOwn = what.external === 0 || (what.isException && what.isFault);
    const [processor, isEach] = [this.#processor, this.seesEach];
    const words = (): string => `${told.interrupt(what, processor?.state)} from ${this.#place()}`;
    if (processor === undefined || !isEach || !this.#choice.kinds.has('interrupts')) this.#tell('interrupts', words, isOwn);
    else this.#await(`${this.#number(isOwn)} ${words()}`, modeOf(processor.state).code);
  }

  shutdown(): void {
    this.settle();
    this.#tell('interrupts', () => `triple fault at ${this.#place()}`, true);
  }

  port(direction: Direction, port: number, bytes: number, value: number): void {
    this.#tell('ports', () => `${told.port(direction, port, bytes, value, this.#pc?.ports.nameAt(port))}, next ${this.#place()}`);
  }

  register(direction: Direction, physical: number, bytes: Uint8Array, next: bigint): void {
    const name = (): string => this.#pc?.space.nameAt(physical) ?? 'local APIC';
    this.#tell('mmio', () => `${told.register(direction, physical, bytes, name())}, next ${this.#place(undefined, next)}`);
  }

  model(direction: Direction, number: number, value: bigint): void {
    this.#tell('msrs', () => `${told.model(direction, number, value)}, next ${this.#place()}`);
  }

  /** The present instruction is through. */
  settle(): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    const changed = this.#changes?.since(pending.bits) ?? '';
    this.#line(changed === '' ? pending.text.trimEnd() : `${pending.text.padEnd(100)} ; ${changed}`);
    for (const deed of pending.deeds) this.#line(deed);
  }

  #await(text: string, bits: Pending['bits']): void {
    this.#pending = { text, bits, deeds: [] };
    this.#changes?.note();
  }

  #tell(kind: TraceKind, line: () => string, isOwn = true): void {
    if (!this.#isOn || !this.#choice.kinds.has(kind)) return;
    const text = `${this.#number(isOwn)} ${line()}`;
    if (this.#pending === undefined) this.#line(text);
    else this.#pending.deeds.push(text);
  }

  #line(text: string): void {
    if (this.#left <= 0) return;
    this.#write(text);
    this.#left--;
    if (this.#left === 0) this.#stop();
  }

  #stop(): void {
    this.#isOn = false;
    this.#isOver = true;
    this.awaited = undefined;
    this.settle();
  }

  /** How many instructions ran before the one that is told. */
  #number(isOwn: boolean): string {
    const count = this.#processor?.count ?? 0n;
    return `${isOwn && count > 0n ? count - 1n : count}`.padStart(10);
  }

  #place(bits = this.#processor === undefined ? 16 : modeOf(this.#processor.state).code, offset = this.#processor?.rip ?? 0n): string {
    const selector = this.#processor?.state.getUint16(cs + SegmentPart.selector, true) ?? 0;
    return `${hex(selector, 4)}:${hex(offset, digits[bits])}`;
  }

  #bytes({ ram }: Pc, { inFirst, secondPage, inSecond }: Fetch, physical: number): Uint8Array | undefined {
    const first = ram.placeOf(physical, inFirst);
    const second = secondPage === undefined ? undefined : ram.placeOf(secondPage * pageBytes, inSecond);
    if (first === undefined || (secondPage !== undefined && second === undefined)) return undefined;
    const head = ram.bytes.subarray(first, first + inFirst);
    return second === undefined ? head : Uint8Array.of(...head, ...ram.bytes.subarray(second, second + inSecond));
  }

  #words(code: Uint8Array, rip: bigint, bits: 16 | 32 | 64): string {
    const decoded = decode(this.#table, code, 0, bits);
    return decoded.form === undefined ? '' : disassemble(decoded, rip, 'intel');
  }
}
