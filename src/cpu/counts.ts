/** How often a processor's handlers ask the host for what they can't do, and give control back, and what interrupts it: where somebody counts, and only there. */
import { HandlerExit, Service } from '../isa/index.ts';
import type { Deliver } from './handlers.ts';
import type { Observer } from './observer.ts';

export interface Counted {
  /** Why handlers gave control back: the names of `HandlerExit`. */
  readonly exits: Counts;
  /** What they asked for: the names of `Service`, and of the other functions that they call. */
  readonly asked: Counts;
  /** By vectors. */
  readonly exceptions: Counts;
  /** The same, but for those of INT n that handlers deliver by themselves. */
  readonly interrupts: Counts;
  /** How many of both handlers delivered by themselves. */
  readonly delivered: number;
}

/** What there was none of is left out. */
type Counts = Readonly<Record<string, number>>;

// Of functions, whose types handlers see to.
type Functions = Readonly<Record<string, (...given: never[]) => unknown>>;

const mostVectors = 256;
const mostServices = Math.max(...Object.values(Service)) + 1;
const mostExits = Math.max(...Object.values(HandlerExit)) + 1;

export class Counter {
  readonly #exits = new Float64Array(mostExits);
  readonly #services = new Float64Array(mostServices);
  readonly #calls: Record<string, number> = {};
  readonly #exceptions = new Float64Array(mostVectors);
  readonly #interrupts = new Float64Array(mostVectors);
  #delivered = 0;

  get counted(): Counted {
    return {
      exits: named(HandlerExit, this.#exits),
      asked: { ...named(Service, this.#services), ...this.#calls },
      exceptions: numbered(this.#exceptions),
      interrupts: numbered(this.#interrupts),
      delivered: this.#delivered,
    };
  }

  /** The same functions, which count. */
  of<F extends Functions>(functions: F): F {
    const counting = Object.entries(functions).map(([name, call]) => [name, this.#counting(name, call)]);
    return Object.fromEntries(counting) as F; // By the same names.
  }

  service(serve: (which: number, a: bigint, b: bigint, c: bigint) => bigint): typeof serve {
    const services = this.#services;
    return (which, a, b, c) => {
      services[which] = (services[which] ?? 0) + 1;
      return serve(which, a, b, c);
    };
  }

  /** What runs handlers, until they give control back. */
  run(enter: (record: number) => number): typeof enter {
    const exits = this.#exits;
    return (record) => {
      const why = enter(record);
      exits[why] = (exits[why] ?? 0) + 1;
      return why;
    };
  }

  /** What delivers where it can, and says whether it did. */
  delivering(deliver: Deliver): Deliver {
    return (...event) => {
      const isDone = deliver(...event);
      this.#delivered += isDone;
      return isDone;
    };
  }

  /** Hears of interrupts before an observer does. */
  heard(observer: Observer | undefined): Pick<Observer, 'interrupt' | 'shutdown'> {
    return {
      interrupt: (what) => {
        const counts = what.isException ? this.#exceptions : this.#interrupts;
        counts[what.vector] = (counts[what.vector] ?? 0) + 1;
        observer?.interrupt(what);
      },
      shutdown: () => observer?.shutdown(),
    };
  }

  #counting(name: string, call: (...given: never[]) => unknown): typeof call {
    return (...given) => {
      this.#calls[name] = (this.#calls[name] ?? 0) + 1;
      return call(...given);
    };
  }
}

const named = (names: Readonly<Record<string, number>>, counts: Float64Array): Counts =>
  Object.fromEntries(Object.entries(names).flatMap(([name, at]) => ((counts[at] ?? 0) > 0 ? [[name, counts[at] ?? 0]] : [])));

const numbered = (counts: Float64Array): Counts => Object.fromEntries([...counts.entries()].filter(([, count]) => count > 0));
