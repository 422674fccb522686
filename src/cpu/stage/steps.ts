/** Tells what a processor does instruction by instruction, while that is wanted: where each is, what it is, and which registers it changes. */
import { decode, disassemble, isa, readFlags, State, tableOf } from '../../isa/index.ts';
import { modeOf } from '../code/mode.ts';
import type { Fetch, Interruption, Observer } from '../observer.ts';
import { hexOf } from './alike.ts';
import type { Side } from './lockstep.ts';

const pageBytes = 4096;
const names = ['rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi', 'r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15'];

export class Recorder implements Observer {
  seesEach = false;
  readonly awaited = undefined;
  side: Side | undefined;
  readonly lines: string[] = [];
  #before: readonly string[] = [];

  instruction({ page, offset, inFirst, secondPage, inSecond }: Fetch): void {
    const { side } = this;
    if (side === undefined) return;
    this.settle();
    const { ram, processor } = side;
    const piece = (physical: number, bytes: number): Uint8Array => {
      const place = ram.placeOf(physical, bytes);
      return place === undefined ? new Uint8Array() : ram.bytes.subarray(place, place + bytes);
    };
    const second = secondPage === undefined ? [] : piece(secondPage * pageBytes, inSecond);
    const code = Uint8Array.of(...piece(page * pageBytes + offset, inFirst), ...second);
    const { rip } = processor;
    this.lines.push(`${rip.toString(16).padStart(8)}  ${hexOf(code).padEnd(22)} ${textOf(code, rip, side)}`);
    this.#before = this.#seen();
  }

  interrupt({ vector }: Interruption): void {
    if (!this.seesEach) return;
    this.settle();
    this.lines.push(`          interrupt ${vector}`);
  }

  shutdown(): void {
    if (!this.seesEach) return;
    this.lines.push('          shutdown');
  }

  arrive(): void {}
  port(): void {}
  register(): void {}
  model(): void {}

  /** The last one told is through. */
  settle(): void {
    const [line] = this.lines.slice(-1);
    if (this.#before.length === 0 || line === undefined) return;
    const now = this.#seen();
    const changed = now.filter((text, at) => text !== this.#before[at]);
    this.lines[this.lines.length - 1] = changed.length === 0 ? line : `${line.padEnd(72)} ; ${changed.join(' ')}`;
    this.#before = [];
  }

  #seen(): readonly string[] {
    const { processor } = this.side ?? {};
    if (processor === undefined) return [];
    const { state } = processor;
    const general = names.map((name, number) => `${name}=${state.getBigUint64(State.gpr + 8 * number, true).toString(16)}`);
    const word = (at: number): string => state.getBigUint64(at, true).toString(16).padStart(16, '0');
    const vectors = Array.from({ length: 16 }, (_, number) => {
      const at = State.vectors + 64 * number;
      return `ymm${number}=${word(at + 24)}${word(at + 16)}${word(at + 8)}${word(at)}`;
    });
    return [...general, `flags=${readFlags(state).toString(16)}`, `mxcsr=${state.getUint32(State.mxcsr, true).toString(16)}`, ...vectors];
  }
}

const table = tableOf(isa);

export const textOf = (code: Uint8Array, rip: bigint, { processor }: Side): string => {
  try {
    const decoded = decode(table, code, 0, modeOf(processor.state).code);
    return decoded.form === undefined ? 'no instruction' : disassemble(decoded, rip, 'intel');
  } catch {
    return 'no instruction';
  }
};
