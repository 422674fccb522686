/** Pages that were found on the way here: where an address lies no further than a known number of bytes from one of theirs, it is in the same page or is found to be in none. */
import type { Access } from '../../spec/binding.ts';
import type { Stage, Stand, Val, Variable } from '../../stage/index.ts';
import { type Origin, Origins, type Registers, type Sum } from './origins.ts';

const pageBytes = 4096n;

/** An address that was found, and where. */
interface Found {
  readonly plus: bigint;
  readonly place: Variable;
  /** What was done there was done wherever that is still open. */
  readonly stand: Stand;
}

/** Of what is known at one place in a region. */
export interface Knowledge {
  readonly registers: Registers;
  readonly found: Readonly<Record<Table, ReadonlyMap<Origin, Found>>>;
}

type Table = 'readable' | 'writable';

/** Where several ways meet. */
export const nothingKnown: Knowledge = { registers: new Map(), found: { readable: new Map(), writable: new Map() } };

export class Nearby {
  readonly #x: Stage;
  readonly origins: Origins;
  #found = { readable: new Map<Origin, Found>(), writable: new Map<Origin, Found>() };

  constructor(x: Stage) {
    this.#x = x;
    this.origins = new Origins(x);
  }

  get now(): Knowledge {
    const { readable, writable } = this.#found;
    return { registers: this.origins.now, found: { readable: new Map(readable), writable: new Map(writable) } };
  }

  set now({ registers, found: { readable, writable } }: Knowledge) {
    this.origins.now = registers;
    this.#found = { readable: new Map(readable), writable: new Map(writable) };
  }

  /** What may be read and written is another now, or for another. */
  forget(): void {
    this.#found.readable.clear();
    this.#found.writable.clear();
  }

  /** Where `bytes` at an address are, of one that was found before: `isThere` says whether in the same page. Undefined where none is near. */
  of(linear: Val, bytes: number, access: Access): { readonly isThere: Val; readonly place: Val } | undefined {
    const x = this.#x;
    const { origin, plus, bits } = this.#address(linear);
    if (origin === undefined) return undefined;
    // What may be written may be read.
    for (const table of access === 'read' ? (['readable', 'writable'] as const) : (['writable'] as const)) {
      const found = this.#found[table].get(origin);
      if (found === undefined || !x.isOpen(found.stand)) continue;
      const further = BigInt.asIntN(bits, plus - found.plus);
      if (further <= -pageBytes || further >= pageBytes) continue;
      const by = x.known(32, Number(further));
      const place = x.get(found.place);
      const within = x.add(x.and(place, x.known(32, Number(pageBytes) - 1)), by);
      return { isThere: x.ltu(within, x.known(32, Number(pageBytes) - bytes + 1)), place: x.add(place, by) };
    }
    return undefined;
  }

  /** An address was found at a place. */
  note(linear: Val, place: Val, access: Access): void {
    const { origin, plus } = this.#address(linear);
    if (origin === undefined) return;
    this.#found[access === 'read' ? 'readable' : 'writable'].set(origin, { plus, place: this.#x.variable(place), stand: this.#x.stand });
  }

  #address(linear: Val): Sum & { readonly bits: 32 | 64 } {
    const sum = this.origins.of(linear);
    const { low } = sum.origin ?? {};
    return low === undefined || sum.plus !== 0n ? { ...sum, bits: 64 } : { ...low, bits: 32 };
  }
}
