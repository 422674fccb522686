/** What of the physical addresses is memory, and where that is in linear memory. */

export interface AreaPlan {
  /** Physical address of its first byte; undefined: nowhere until it is moved. Multiples of a page. */
  readonly at: number | undefined;
  readonly bytes: number;
  /** Writes to what isn't take no effect. */
  readonly isWritable: boolean;
}

export class Area {
  readonly bytes: number;
  readonly isWritable: boolean;
  /** Of its first byte, in linear memory. */
  readonly place: number;
  #at: number;

  constructor({ at, bytes, isWritable }: AreaPlan, place: number) {
    this.#at = at ?? nowhere;
    this.bytes = bytes;
    this.isWritable = isWritable;
    this.place = place;
  }

  /** Physical address of its first byte. */
  get at(): number | undefined {
    return this.#at === nowhere ? undefined : this.#at;
  }

  set at(to: number | undefined) {
    this.#at = to ?? nowhere;
  }

  /** Whether all of those bytes are in it. */
  has(physical: number, bytes: number): boolean {
    return physical >= this.#at && physical + bytes <= this.#at + this.bytes;
  }

  placeOf(physical: number): number {
    return this.place + (physical - this.#at);
  }
}

/** No physical address reaches it. */
const nowhere = 2 ** 52;
