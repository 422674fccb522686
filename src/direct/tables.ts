/** Page tables of four levels as they are now, read without a mark in them: SDM Vol. 3A, 5.5. */
import type { Inside } from '../cpu/index.ts';

/** Bits of the low halves of entries, and of the high: SDM Vol. 3A, tables 5-15 to 5-20. */
const Entry = { present: 1, writable: 2, user: 4, accessed: 32, dirty: 64, large: 128 } as const;
const noExecute = 0x8000_0000;
const addressHigh = 0xff;
const inTable = 512;
const pageBytes = 4096;

/** What a program may do with a page without a further walk: all of its entries are marked as it takes. */
export interface Allowed {
  readonly physical: number;
  readonly isWritable: boolean;
  readonly isExecutable: boolean;
}

/** A table of the last level, or a large page. */
interface Leaf {
  readonly at: number;
  readonly isLarge: boolean;
  readonly isWritable: boolean;
  readonly isExecutable: boolean;
}

export class Tables {
  readonly #ram: Inside['ram'];
  /** Where the first table is. */
  readonly #top: number;
  /** The last table that was found, and of which pages: their numbers by 512. */
  #near: Leaf | undefined;
  #nearOf = -1;

  constructor(ram: Inside['ram'], top: bigint) {
    this.#ram = ram;
    this.#top = Number(top & 0xff_ffff_f000n);
  }

  /** From now on tables may be others. */
  forget(): void {
    this.#nearOf = -1;
  }

  /** Of a linear page, by its number; undefined where a program would fault, or mark it as touched. */
  at(number: number): Allowed | undefined {
    const of = Math.floor(number / inTable);
    if (of !== this.#nearOf) {
      this.#near = this.#leaf(number);
      this.#nearOf = of;
    }
    const leaf = this.#near;
    if (leaf === undefined) return undefined;
    const index = number % inTable;
    if (leaf.isLarge) return { ...leaf, physical: leaf.at + index * pageBytes };
    const low = this.#ram.read32(leaf.at + 8 * index);
    const needed = Entry.present | Entry.user | Entry.accessed;
    if ((low & needed) !== needed) return undefined;
    const high = this.#ram.read32(leaf.at + 8 * index + 4);
    return {
      physical: addressOf(low, high),
      isWritable: leaf.isWritable && isWritten(low),
      isExecutable: leaf.isExecutable && (high & noExecute) === 0,
    };
  }

  #leaf(number: number): Leaf | undefined {
    let at = this.#top;
    let [isWritable, isExecutable] = [true, true];
    for (const unit of [inTable ** 3, inTable ** 2, inTable]) {
      const entry = at + 8 * (Math.floor(number / unit) % inTable);
      const [low, high] = [this.#ram.read32(entry), this.#ram.read32(entry + 4)];
      const needed = Entry.present | Entry.user | Entry.accessed;
      if ((low & needed) !== needed) return undefined;
      if ((high & noExecute) !== 0) isExecutable = false;
      if ((low & Entry.large) !== 0) {
        if (unit !== inTable) return undefined;
        return { at: addressOf(low & ~0x1f_ffff, high), isLarge: true, isWritable: isWritable && isWritten(low), isExecutable };
      }
      if ((low & Entry.writable) === 0) isWritable = false;
      at = addressOf(low, high);
    }
    return { at, isLarge: false, isWritable, isExecutable };
  }
}

const isWritten = (low: number): boolean => (low & (Entry.writable | Entry.dirty)) === (Entry.writable | Entry.dirty);
const addressOf = (low: number, high: number): number => (high & addressHigh) * 2 ** 32 + ((low & ~0xfff) >>> 0);
