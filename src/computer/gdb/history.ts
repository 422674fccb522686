/** A replay that goes back: there is no way back, so it begins anew and comes to the moment from before. */
import type { Pause, Pc } from '../../board/index.ts';
import type { Driven } from '../../desk/index.ts';
import type { Stop } from '../../machine/index.ts';

/** A computer, and what has it run as it was recorded. */
export interface Replayed {
  readonly pc: Pc;
  readonly driven: Driven;
}

export class History implements Driven {
  readonly #make: () => Replayed;
  #replayed: Replayed;
  /** Instructions up to where it was at the latest. */
  #furthest = 0n;

  /** `make` makes it anew, as at its start. */
  constructor(first: Replayed, make: () => Replayed) {
    this.#replayed = first;
    this.#make = make;
  }

  /** The present one: another one each time it begins anew. */
  get pc(): Pc {
    return this.#replayed.pc;
  }

  get clock(): Pc['clock'] {
    return this.pc.clock;
  }

  get count(): bigint {
    return this.pc.processor.instructions;
  }

  /** Whether it has been there before: what it sends is known. */
  get isRepeated(): boolean {
    return this.count < this.#furthest;
  }

  run(most: number): Pause {
    const known = Number(this.#furthest - this.count);
    const pause = this.#replayed.driven.run(known > 0 ? Math.min(most, known) : most);
    if (this.count > this.#furthest) this.#furthest = this.count;
    return pause;
  }

  again(): void {
    this.#replayed = this.#make();
  }
}

/** Where a way back has led: to a stop, one instruction back, or to the beginning. */
export type Found = { readonly why: 'begin' } | { readonly why: 'stepped' } | { readonly why: 'stop'; readonly stop: Stop };

/** Instructions before the present one that are searched first, and how many times as many then: while something is watched they run one by one. */
const [nearest, farther] = [100_000n, 8n];

/** A way back, done in pieces: one instruction, or to the last stop before. That is looked for nearby, then farther back, each time from the beginning on; and gone to once more. */
export class Back {
  readonly #history: History;
  readonly #stops: readonly Stop[];
  /** What is searched: instructions up to the first and the last of it. */
  #begin: bigint;
  #end: bigint;
  #isSearching = false;
  #last: { readonly at: bigint; readonly found: Found } = { at: 0n, found: { why: 'begin' } };
  /** Where to, once that is known. */
  #target: bigint | undefined;

  /** Without stops: one instruction. */
  constructor(history: History, stops: readonly Stop[] | undefined) {
    const from = history.count;
    this.#history = history;
    this.#stops = stops ?? [];
    this.#end = from;
    this.#begin = atLeast0(from - nearest);
    if (stops === undefined && from > 0n) this.#last = { at: from - 1n, found: { why: 'stepped' } };
    if (this.#stops.length === 0) this.#target = this.#last.at;
    history.again();
  }

  /** At most so many instructions. Undefined: it is still on its way. */
  run(most: number): Found | undefined {
    if (this.#target !== undefined) return this.#runTo(this.#target, most) ? this.#last.found : undefined;
    if (!this.#isSearching) {
      if (this.#runTo(this.#begin, most)) this.#stopAt(true);
    } else if (this.#runTo(this.#end, most)) this.#searched();
    return undefined;
  }

  /** Whether it is there. */
  #runTo(to: bigint, most: number): boolean {
    const left = to - this.#history.count;
    if (left <= 0n) return true;
    const pause = this.#history.run(left < BigInt(most) ? Number(left) : most);
    if (pause.why === 'stop') this.#note(pause.stop);
    return false;
  }

  #searched(): void {
    if (this.#last.found.why === 'stop' || this.#begin === 0n) this.#target = this.#last.at;
    else {
      const searched = this.#end - this.#begin;
      this.#end = this.#begin;
      this.#begin = atLeast0(this.#end - farther * searched);
    }
    this.#isSearching = false;
    this.#history.again();
  }

  /** What is watched is met behind the instruction that touches it, and left before it. */
  #note(stop: Stop): void {
    const history = this.#history;
    const { count } = history;
    this.#last = { at: stop.on === 'execute' ? count : count - 1n, found: { why: 'stop', stop } };
    if (stop.on !== 'execute') return;
    this.#stopAt(false);
    while (history.count === count) history.run(1);
    this.#stopAt(true);
  }

  #stopAt(is: boolean): void {
    this.#isSearching = is;
    this.#history.pc.processor.stops = is ? this.#stops : [];
  }
}

const atLeast0 = (value: bigint): bigint => (value < 0n ? 0n : value);
