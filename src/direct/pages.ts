/** Which pages of the guest's memory are shown in which address space, and how: so that one is found again before its code is predecoded, or its content changes under those who run it. */
import type { Inside } from '../cpu/index.ts';
import { hasSensitive, tailBytes } from './sensitive.ts';

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
  /** Of pages that no write goes to unseen, whether programs may run there: a `Verdict`. */
  readonly #judged: Uint8Array;
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
    this.#judged = new Uint8Array(count);
    ram.readers.join({
      hasCode: (physical) => {
        const page = this.at(physical * pageBytes, 'read');
        return page !== undefined && this.#judged[page] !== Verdict.none;
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

  /** Whether programs may run in a physical page. No write goes there unseen from then on, which would make it another. */
  mayRun(page: number, physical: number): boolean {
    if (this.#judged[page] === Verdict.none) {
      this.#ram.readers.guard(Math.floor(physical / pageBytes));
      const isSensitive = hasSensitive(this.bytesOf(page), nothing, this.#lengthOf);
      this.#judged[page] = isSensitive ? Verdict.sensitive : Verdict.plain;
    }
    return this.#judged[page] === Verdict.plain;
  }

  /** Memory is another, and nothing of it is shown. */
  forget(): void {
    this.#judged.fill(Verdict.none);
  }

  /** It is written. */
  #forgetCode(physical: number): void {
    const page = this.at(physical * pageBytes, 'read');
    if (page === undefined) return;
    this.#judged[page] = Verdict.none;
    this.#withdraw(physical, 'executable');
  }

  #withdraw(physical: number, what: 'writable' | 'executable'): void {
    const page = this.at(physical * pageBytes, 'read');
    if (page === undefined || ((what === 'writable' ? this.#writable : this.#executable)[page] ?? 0) === 0) return;
    for (const one of this.#showing) one.withdraw(page, what);
  }
}
