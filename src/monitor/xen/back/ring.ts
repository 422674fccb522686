/** A ring of requests, in pages that the guest has lent, and answers in their places: xen/include/public/io/ring.h. */
import { list, part, type StateOf, some, u32, u48 } from '../../../machine/index.ts';
import type { GrantTable } from '../grant/table.ts';
import type { GuestPages } from '../guest-pages.ts';
import { pageBytes } from '../numbers.ts';

const Header = { requests: 0, requestEvent: 4, answers: 8, answerEvent: 12, bytes: 64 } as const;

/** Its pages, by the numbers under which they were lent, and where they are; how many requests were taken and how many answers given, modulo 2³². */
export const ringSchema = (mostPages: number) => ({
  pages: some(mostPages, part({ reference: u32, at: u48 })),
  counts: list(2, u32),
});
export type RingState = StateOf<ReturnType<typeof ringSchema>>;
export const noRing = (): RingState => ({ pages: [], counts: [0, 0] });

export interface RingWires {
  readonly pages: GuestPages;
  readonly grants: GrantTable;
  readonly state: () => RingState;
}

export class Ring {
  readonly #wires: RingWires;

  constructor(wires: RingWires) {
    this.#wires = wires;
  }

  /** Holds its pages; false where they aren't lent. */
  open(references: readonly number[]): boolean {
    const { grants, state } = this.#wires;
    const { pages, counts } = state();
    for (const reference of references) {
      const at = grants.hold(reference);
      if (at === undefined) {
        this.close();
        return false;
      }
      pages.push({ reference, at });
    }
    counts.fill(this.#word(Header.answers));
    return true;
  }

  close(): void {
    const { pages } = this.#wires.state();
    for (const { reference } of pages.splice(0)) this.#wires.grants.release(reference);
  }

  /** Of so many bytes each: a power of two. */
  entries(bytes: number): number {
    const { length } = this.#wires.state().pages;
    return length === 0 ? 0 : 2 ** Math.floor(Math.log2((length * pageBytes - Header.bytes) / bytes));
  }

  /** Requests that were made and not taken; undefined where that can't be. */
  waiting(bytes: number): number | undefined {
    const [taken = 0, given = 0] = this.#wires.state().counts;
    const made = this.#word(Header.requests);
    // Those that are taken and not answered have their places, too.
    const most = this.entries(bytes);
    const waiting = (made - taken) >>> 0;
    return (made - given) >>> 0 > most || waiting > most ? undefined : waiting;
  }

  /** Copies the next request, and counts it as taken. */
  take(into: Uint8Array, bytes: number): void {
    const { counts } = this.#wires.state();
    this.#read(this.#entry(counts[0] ?? 0, bytes), into);
    counts[0] = ((counts[0] ?? 0) + 1) >>> 0;
  }

  /** The request behind the next one by so many, without taking it. */
  peek(into: Uint8Array, bytes: number, ahead: number): void {
    this.#read(this.#entry(((this.#wires.state().counts[0] ?? 0) + ahead) >>> 0, bytes), into);
  }

  /** An answer, which is told by `push`. */
  give(answer: Uint8Array, bytes: number): void {
    const { counts } = this.#wires.state();
    this.#write(this.#entry(counts[1] ?? 0, bytes), answer);
    counts[1] = ((counts[1] ?? 0) + 1) >>> 0;
  }

  /** Tells of answers. Whether the guest wants an event for them. */
  push(): boolean {
    const before = this.#word(Header.answers);
    const now = this.#wires.state().counts[1] ?? 0;
    if (before === now) return false;
    this.#setWord(Header.answers, now);
    const event = this.#word(Header.answerEvent);
    return (now - event) >>> 0 < (now - before) >>> 0;
  }

  /** Asks for an event with the next request. */
  await(): void {
    this.#setWord(Header.requestEvent, ((this.#wires.state().counts[0] ?? 0) + 1) >>> 0);
  }

  #entry(index: number, bytes: number): number {
    return Header.bytes + (index & (this.entries(bytes) - 1)) * bytes;
  }

  #word(at: number): number {
    return this.#wires.pages.u32(this.#placeOf(at));
  }

  #setWord(at: number, value: number): void {
    this.#wires.pages.setU32(this.#placeOf(at), value);
  }

  /** An entry may lie in two pages. */
  #read(at: number, into: Uint8Array): void {
    for (let from = 0; from < into.length; ) {
      const bytes = Math.min(into.length - from, pageBytes - ((at + from) % pageBytes));
      this.#wires.pages.read(this.#placeOf(at + from), into.subarray(from, from + bytes));
      from += bytes;
    }
  }

  #write(at: number, bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; ) {
      const some = Math.min(bytes.length - from, pageBytes - ((at + from) % pageBytes));
      this.#wires.pages.write(this.#placeOf(at + from), bytes.subarray(from, from + some));
      from += some;
    }
  }

  #placeOf(at: number): number {
    return (this.#wires.state().pages[Math.floor(at / pageBytes)]?.at ?? 0) + (at % pageBytes);
  }
}
