/** Where a processor gives control back for a debugger, and where somebody who sees it begins or ends to. */
import type { Stop } from '../machine/index.ts';
import type { CodePath } from './code/code-path.ts';
import type { Observer } from './observer.ts';

export class Stops {
  readonly #code: CodePath;
  readonly #observer: Observer | undefined;
  /** Instructions of these addresses are stopped at. */
  #at: ReadonlyMap<bigint, Stop> = new Map();
  #all: readonly Stop[] = [];

  constructor(code: CodePath, observer: Observer | undefined) {
    this.#code = code;
    this.#observer = observer;
    if (observer !== undefined) this.#settle();
  }

  get all(): readonly Stop[] {
    return this.#all;
  }

  /** What was found out about code is forgotten. */
  set all(stops: readonly Stop[]) {
    this.#all = stops;
    this.#at = new Map(stops.flatMap((stop) => (stop.on === 'execute' ? [[stop.address, stop] as const] : [])));
    this.#code.memory.breakpoints.watches = stops.filter((stop) => stop.on !== 'execute');
    this.#settle();
  }

  /** Whether `before` may find one: asked at each block, where making a bigint of rip would cost. */
  get areAny(): boolean {
    return this.#at.size > 0;
  }

  /** The one at an offset in the code segment. */
  before(rip: bigint): Stop | undefined {
    return this.#at.get(this.#code.linear(rip));
  }

  /** Tells who waits for this place. Returns whether somebody did: then code is forgotten. */
  meet(rip: bigint): boolean {
    const observer = this.#observer;
    if (observer?.awaited === undefined || observer.awaited !== this.#code.linear(rip)) return false;
    observer.arrive();
    this.#settle();
    return true;
  }

  /** Blocks end there. */
  #settle(): void {
    const awaited = this.#observer?.awaited;
    this.#code.stops = new Set([...this.#at.keys(), ...(awaited === undefined ? [] : [awaited])]);
  }
}
