/** Guest memory as the kernel is told of it: the areas of `Ram`, of which those that are reached lie in slots, anew each time that one moves. */
import type { Ram } from '../cpu/index.ts';
import type { KvmMachine, Slot } from '../host/kvm/index.ts';

const pageBytes = 4096;
const mib = 2 ** 20;
/** While line A20 is held low, addresses wrap below this, where an 80286 had its memory; a slot for each second MiB of all would take seconds. */
const wrappedBytes = 16 * mib;

/** A run of addresses that are all reached the same way. */
interface Run {
  readonly guest: number;
  readonly bytes: number;
  /** In linear memory. */
  readonly place: number;
  readonly isReadOnly: boolean;
}

export class Slots {
  readonly #machine: KvmMachine;
  readonly #ram: Ram;
  readonly #slots = new Map<string, Slot & Run>();
  #isStale = true;
  /** A byte for each page of linear memory that was written, while that is remembered. */
  #written: Uint8Array | undefined;

  constructor(machine: KvmMachine, ram: Ram) {
    this.#machine = machine;
    this.#ram = ram;
    ram.readers.join({
      // Who writes from outside tells those alone who have something to forget.
      hasCode: () => this.#written !== undefined,
      spoil: (page) => this.#note(page),
      forbidWriting: () => {},
      flush: () => {
        this.#isStale = true;
      },
    });
  }

  /** Before a processor runs. */
  settle(): void {
    if (!this.#isStale) return;
    this.#isStale = false;
    const wanted = new Map(runsOf(this.#ram).map((run) => [keyOf(run), run]));
    for (const [key, slot] of this.#slots) {
      if (wanted.has(key)) continue;
      this.#collect(slot);
      this.#machine.unmap(slot.number);
      this.#slots.delete(key);
    }
    for (const [key, run] of wanted) if (!this.#slots.has(key)) this.#map(key, { ...run, number: this.#free() });
  }

  #map(key: string, run: Run & { readonly number: number }): void {
    const memory = new DataView(this.#ram.memory.buffer, run.place, run.bytes);
    const slot = { ...run, memory, isLogged: this.#written !== undefined && !run.isReadOnly };
    this.#machine.map(slot);
    this.#slots.set(key, slot);
  }

  #free(): number {
    const taken = new Set([...this.#slots.values()].map(({ number }) => number));
    let number = 0;
    while (taken.has(number)) number++;
    return number;
  }

  /** Has pages remembered that are written from now on, by processors or devices; or no longer. */
  set isWatched(is: boolean) {
    if (is === (this.#written !== undefined)) return;
    this.#written = is ? new Uint8Array(this.#ram.bytes.length / pageBytes) : undefined;
    for (const [key, slot] of this.#slots) this.#map(key, slot);
  }

  get isWatched(): boolean {
    return this.#written !== undefined;
  }

  /** Numbers of pages, from linear memory's beginning on, that were written since they were asked for last. */
  takeWritten(): Uint32Array {
    for (const slot of this.#slots.values()) this.#collect(slot);
    const written = this.#written ?? new Uint8Array();
    const pages = new Uint32Array(written.reduce((sum, one) => sum + one, 0));
    let found = 0;
    for (let page = 0; page < written.length; page++) if (written[page] === 1) pages[found++] = page;
    written.fill(0);
    return pages;
  }

  #collect(slot: Slot & Run): void {
    if (!slot.isLogged || this.#written === undefined) return;
    const first = slot.place / pageBytes;
    for (const [byte, bits] of this.#machine.dirty(slot).entries())
      for (let bit = 0; bits >> bit !== 0; bit++) if (((bits >> bit) & 1) === 1) this.#written[first + 8 * byte + bit] = 1;
  }

  #note(page: number): void {
    const place = this.#ram.placeOf(page * pageBytes, pageBytes, 'write');
    if (place !== undefined && this.#written !== undefined) this.#written[Math.floor(place / pageBytes)] = 1;
  }
}

const keyOf = ({ guest, bytes, place, isReadOnly }: Run): string => `${guest} ${bytes} ${place} ${isReadOnly}`;

/** Where nothing is read nothing is mapped; where writes go elsewhere, or nowhere, they come back. */
const runsOf = (ram: Ram): readonly Run[] => {
  const runs: Run[] = [];
  for (const [guest, end] of pieces(ram)) {
    const reached = ram.isWrapped && guest < wrappedBytes ? ram.reached(guest) : guest;
    const place = ram.placeOf(reached, pageBytes, 'read');
    if (place === undefined) continue;
    const run = { guest, bytes: end - guest, place, isReadOnly: ram.placeOf(reached, pageBytes, 'write') !== place };
    const last = runs.at(-1);
    const goesOn = last !== undefined && last.guest + last.bytes === guest && last.place + last.bytes === place;
    if (goesOn && last.isReadOnly === run.isReadOnly) runs[runs.length - 1] = { ...last, bytes: last.bytes + run.bytes };
    else runs.push(run);
  }
  return runs;
};

/** Of all addresses that are memory, pieces within which no area begins or ends. */
const pieces = (ram: Ram): readonly (readonly [number, number])[] => {
  const ends = ram.areas.flatMap(({ at, bytes }) => (at === undefined ? [] : [at, at + bytes]));
  const wraps = ram.isWrapped ? Array.from({ length: wrappedBytes / mib + 1 }, (_, index) => index * mib) : [];
  // What ends somewhere in a MiB is seen in the next one, too.
  const mirrored = ram.isWrapped ? ends.filter((at) => at < wrappedBytes).map((at) => at + mib) : [];
  const all = [...new Set([...ends, ...wraps, ...mirrored])].toSorted((a, b) => a - b);
  return all.slice(1).map((end, index) => [all[index] ?? 0, end] as const);
};
