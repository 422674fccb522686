/** What of the physical addresses is memory, and where that is in linear memory. */

export interface AreaPlan {
  /** Physical address of its first byte; undefined: nowhere until it is moved. Multiples of a page. */
  readonly at: number | undefined;
  readonly bytes: number;
  /** Writes to what isn't take no effect, or go to what lies behind it. */
  readonly isWritable: boolean;
}

export type Access = 'read' | 'write';

export class Area {
  readonly bytes: number;
  /** Of its first byte, in linear memory. */
  readonly place: number;
  #at: number;
  #isReadable = true;
  #isWritable: boolean;

  constructor({ at, bytes, isWritable }: AreaPlan, place: number) {
    this.#at = at ?? nowhere;
    this.bytes = bytes;
    this.#isWritable = isWritable;
    this.place = place;
  }

  /** Physical address of its first byte. */
  get at(): number | undefined {
    return this.#at === nowhere ? undefined : this.#at;
  }

  set at(to: number | undefined) {
    this.#at = to ?? nowhere;
  }

  /** What of it is reached; the rest is as if it weren't there. */
  allow(isReadable: boolean, isWritable: boolean): void {
    this.#isReadable = isReadable;
    this.#isWritable = isWritable;
  }

  get isReadable(): boolean {
    return this.#isReadable;
  }

  get isWritable(): boolean {
    return this.#isWritable;
  }

  /** Whether all of those bytes are in it, and reached so. */
  has(physical: number, bytes: number, access: Access): boolean {
    return physical >= this.#at && physical + bytes <= this.#at + this.bytes && (access === 'read' ? this.#isReadable : this.#isWritable);
  }

  /** Whether any of those bytes would be in it. */
  meets(physical: number, bytes: number): boolean {
    return physical < this.#at + this.bytes && physical + bytes > this.#at;
  }

  placeOf(physical: number): number {
    return this.place + (physical - this.#at);
  }
}

/** No physical address reaches it. */
const nowhere = 2 ** 52;
