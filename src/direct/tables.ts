/** Page tables as they are now, read without a mark in them: SDM Vol. 3A, 5.3 to 5.5. */
import { Cr4, Efer, type Inside } from '../cpu/index.ts';
import { State } from '../isa/index.ts';

/** Bits of the low halves of entries, and of the high: SDM Vol. 3A, tables 5-4 to 5-20. */
const Entry = { present: 1, writable: 2, user: 4, accessed: 32, dirty: 64, large: 128 } as const;
const noExecute = 0x8000_0000;
const addressHigh = 0xff;
const pageBytes = 4096;

/** How many pages an entry is for, from the first level on to the one before the last; what entries are. */
interface Shape {
  readonly units: readonly number[];
  readonly entryBytes: 4 | 8;
  readonly inTable: 512 | 1024;
  /** Entries of the first level say no more than where the next is. */
  readonly isTopBare: boolean;
  readonly mayBeLarge: boolean;
}

const eight = { entryBytes: 8, inTable: 512, mayBeLarge: true } as const;
const four = { units: [512 ** 3, 512 ** 2, 512], isTopBare: false, ...eight } as const satisfies Shape;
const extended = { units: [512 ** 2, 512], isTopBare: true, ...eight } as const satisfies Shape;
const two = { units: [1024], entryBytes: 4, inTable: 1024, isTopBare: false, mayBeLarge: false } as const satisfies Shape;
const twoLarge = { ...two, mayBeLarge: true } as const satisfies Shape;

const shapeOf = (state: DataView): Shape => {
  const has = (place: number, mask: number): boolean => (state.getUint32(place, true) & mask) !== 0;
  if (has(State.efer, Efer.lma)) return four;
  if (has(State.cr4, Cr4.pae)) return extended;
  return has(State.cr4, Cr4.pse) ? twoLarge : two;
};

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
  readonly #state: DataView;
  /** Where the first table is. */
  readonly #top: number;
  #shape: Shape = four;
  /** The last table that was found, and of which pages: their numbers by how many it has. */
  #near: Leaf | undefined;
  #nearOf = -1;

  constructor({ ram, state }: Pick<Inside, 'ram' | 'state'>, top: bigint) {
    this.#ram = ram;
    this.#state = state;
    this.#top = Number(top & 0xff_ffff_ffffn);
  }

  /** From now on tables may be others. */
  forget(): void {
    this.#nearOf = -1;
    this.#shape = shapeOf(this.#state);
  }

  /** Of a linear page, by its number; undefined where a program would fault, or mark it as touched. */
  at(number: number): Allowed | undefined {
    const { inTable, entryBytes } = this.#shape;
    const of = Math.floor(number / inTable);
    if (of !== this.#nearOf) {
      this.#near = this.#leaf(number);
      this.#nearOf = of;
    }
    const leaf = this.#near;
    if (leaf === undefined) return undefined;
    const index = number % inTable;
    if (leaf.isLarge) return { ...leaf, physical: leaf.at + index * pageBytes };
    const [low, high] = this.#entry(leaf.at + entryBytes * index);
    const needed = Entry.present | Entry.user | Entry.accessed;
    if ((low & needed) !== needed) return undefined;
    return {
      physical: addressOf(low, high),
      isWritable: leaf.isWritable && isWritten(low),
      isExecutable: leaf.isExecutable && (high & noExecute) === 0,
    };
  }

  #entry(at: number): readonly [low: number, high: number] {
    return [this.#ram.read32(at), this.#shape.entryBytes === 4 ? 0 : this.#ram.read32(at + 4)];
  }

  #leaf(number: number): Leaf | undefined {
    const { units, entryBytes, inTable, isTopBare, mayBeLarge } = this.#shape;
    let at = this.#top;
    let [isWritable, isExecutable] = [true, true];
    for (const [depth, unit] of units.entries()) {
      const [low, high] = this.#entry(at + entryBytes * (Math.floor(number / unit) % inTable));
      const isBare = isTopBare && depth === 0;
      const needed = Entry.present | (isBare ? 0 : Entry.user | Entry.accessed);
      if ((low & needed) !== needed) return undefined;
      if ((high & noExecute) !== 0) isExecutable = false;
      if ((low & Entry.large) !== 0 && mayBeLarge && !isBare) {
        if (unit !== inTable) return undefined;
        return { at: largeAddressOf(low, high, inTable), isLarge: true, isWritable: isWritable && isWritten(low), isExecutable };
      }
      if ((low & Entry.writable) === 0 && !isBare) isWritable = false;
      at = addressOf(low, high);
    }
    return { at, isLarge: false, isWritable, isExecutable };
  }
}

const isWritten = (low: number): boolean => (low & (Entry.writable | Entry.dirty)) === (Entry.writable | Entry.dirty);
const addressOf = (low: number, high: number): number => (high & addressHigh) * 2 ** 32 + ((low & ~0xfff) >>> 0);
/** Of 2 MiB, or of 4, whose bits 32 to 39 stand in bits 13 to 20: SDM Vol. 3A, table 5-4. */
const largeAddressOf = (low: number, high: number, inTable: Shape['inTable']): number =>
  inTable === 512 ? addressOf(low & ~0x1f_ffff, high) : ((low >>> 13) & 0xff) * 2 ** 32 + ((low & ~0x3f_ffff) >>> 0);
