/** Which pages of the guest's memory are shown in which address space, and how: so that one is found again before its code is predecoded, or its content changes under those who run it. */
import type { Inside } from '../cpu/index.ts';
import type { Width } from './segments.ts';
import { hasSensitive, tailBytes } from './sensitive.ts';
import { hasSensitive32 } from './sensitive32.ts';

export const pageBytes = 4096;

const Verdict = { none: 0, plain: 1, sensitive: 2 } as const;
const nothing = new Uint8Array(tailBytes);

/** Somebody who shows pages. */
export interface Showing {
  /** A page of memory is nowhere any more where it may be written, or where it may be executed. */
  withdraw(page: number, what: 'writable' | 'executable'): void;
}

export class Pages {
  readonly #ram: Inside['ram'];
  /** How often each page of memory is shown so that it may be written, and executed. */
  readonly #writable: Uint32Array;
  readonly #executable: Uint32Array;
  /** Of pages that no write goes to unseen, whether programs may run there, in code of either width: a `Verdict`. */
  readonly #judged: Readonly<Record<Width, Uint8Array>>;
  readonly #showing: Set<Showing>;
  readonly #lengthOf: Inside['lengthOf'];

  /** `flush`: memory has moved. */
  constructor({ ram, lengthOf }: Inside, showing: Set<Showing>, flush: () => void) {
    this.#ram = ram;
    this.#showing = showing;
    this.#lengthOf = lengthOf;
    const count = Math.ceil((ram.bytes.length - ram.begin) / pageBytes);
    this.#writable = new Uint32Array(count);
    this.#executable = new Uint32Array(count);
    this.#judged = { 64: new Uint8Array(count), 32: new Uint8Array(count) };
    ram.readers.join({
      hasCode: (physical) => {
        const page = this.at(physical * pageBytes, 'read');
        return page !== undefined && (this.#judged[64][page] !== Verdict.none || this.#judged[32][page] !== Verdict.none);
      },
      spoil: (physical) => this.#forgetCode(physical),
      forbidWriting: (physical) => this.#withdraw(physical, 'writable'),
      flush,
    });
  }

  /** The page of memory that a physical address is in, by its number; undefined where it can't be shown so. */
  at(physical: number, access: 'read' | 'write'): number | undefined {
    const place = this.#ram.pageOf(physical - (physical % pageBytes), access);
    return place === undefined ? undefined : (place - this.#ram.begin) / pageBytes;
  }

  bytesOf(page: number): Uint8Array {
    const from = this.#ram.begin + page * pageBytes;
    return this.#ram.bytes.subarray(from, from + pageBytes);
  }

  /** One more, or one fewer, shows it so. */
  count(page: number, isWritable: boolean, isExecutable: boolean, by: 1 | -1): void {
    if (isWritable) this.#writable[page] = (this.#writable[page] ?? 0) + by;
    if (isExecutable) this.#executable[page] = (this.#executable[page] ?? 0) + by;
  }

  /** Before a physical page is shown where it may be written: nobody has code of it. */
  spoil(physical: number): void {
    this.#ram.readers.spoil(physical - (physical % pageBytes), pageBytes);
  }

  hasCode(physical: number): boolean {
    return this.#ram.readers.hasCode(Math.floor(physical / pageBytes));
  }

  /** Whether programs of this width may run in a physical page. No write goes there unseen from then on, which would make it another. */
  mayRun(page: number, physical: number, width: Width): boolean {
    const judged = this.#judged[width];
    if (judged[page] === Verdict.none) {
      this.#ram.readers.guard(Math.floor(physical / pageBytes));
      judged[page] = this.#isSensitive(this.bytesOf(page), width) ? Verdict.sensitive : Verdict.plain;
    }
    return judged[page] === Verdict.plain;
  }

  #isSensitive(bytes: Uint8Array, width: Width): boolean {
    const lengthOf = (code: Uint8Array, at: number): number => this.#lengthOf(code, at, width);
    return width === 64 ? hasSensitive(bytes, nothing, lengthOf) : hasSensitive32(bytes, lengthOf);
  }

  /** Memory is another, and nothing of it is shown. */
  forget(): void {
    for (const width of [64, 32] as const) this.#judged[width].fill(Verdict.none);
  }

  /** It is written. */
  #forgetCode(physical: number): void {
    const page = this.at(physical * pageBytes, 'read');
    if (page === undefined) return;
    for (const width of [64, 32] as const) this.#judged[width][page] = Verdict.none;
    this.#withdraw(physical, 'executable');
  }

  #withdraw(physical: number, what: 'writable' | 'executable'): void {
    const page = this.at(physical * pageBytes, 'read');
    if (page === undefined || ((what === 'writable' ? this.#writable : this.#executable)[page] ?? 0) === 0) return;
    for (const one of this.#showing) one.withdraw(page, what);
  }
}
