/** What code means, and which segment it is in: by numbers from 1 on, so that jumps remembered in one circumstance are still known when it comes back. */
import { type Mode, State } from '../../isa/index.ts';
import { circumstanceShift } from './jumps.ts';

/** Whose numbers six bits have. */
const most = 32;

export interface Circumstance {
  readonly mode: Mode;
  /** Of the code segment; 0 in 64-bit mode. */
  readonly base: bigint;
  readonly limit: number;
}

export class Circumstances {
  readonly #state: DataView;
  readonly #restart: () => void;
  readonly #known: Circumstance[] = [];
  #present = 1;

  /** `restart`: numbers have new meanings from now on. */
  constructor(state: DataView, restart: () => void) {
    this.#state = state;
    this.#restart = restart;
  }

  /** Of the one that is. */
  get number(): number {
    return this.#present;
  }

  /** This one is, from now on. */
  enter(mode: Mode, base: bigint, limit: number): void {
    const present = this.#known[this.#present - 1];
    if (present === undefined || !isAlike(present, mode, base, limit)) {
      const found = this.#known.findIndex((one) => isAlike(one, mode, base, limit));
      this.#present = found === -1 ? this.#add({ mode, base, limit }) : found + 1;
    }
    // Whoever loads a whole state overwrites it.
    this.#state.setUint32(State.circumstance + 4, (this.#present << circumstanceShift) >>> 0, true);
  }

  #add(circumstance: Circumstance): number {
    if (this.#known.length === most) {
      this.#known.length = 0;
      this.#restart();
    }
    return this.#known.push(circumstance);
  }
}

const isAlike = (one: Circumstance, mode: Mode, base: bigint, limit: number): boolean =>
  isSameMode(one.mode, mode) && one.limit === limit && one.base === base;

const isSameMode = (a: Mode, b: Mode): boolean =>
  a === b || (a.code === b.code && a.stack === b.stack && a.isFlat === b.isFlat && a.vectors === b.vectors && a.wide === b.wide);
