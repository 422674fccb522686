/** Another processor for a machine that runs. */
import type { Processors } from '../engine/processors.ts';
import { isProcessor } from './description.ts';
import { kept, refused } from './moments.ts';

export class Switching {
  readonly #processors: Processors;

  constructor(processors: Processors) {
    this.#processors = processors;
  }

  /** `processor`: which one it is, and what it came to. `processor WHICH`: that one carries out its instructions from now on; the answer's second word is for how many milliseconds it stood still. */
  answer(order: string): readonly string[] {
    const [, wanted] = /^processor (\w+)$/.exec(order) ?? [];
    if (wanted === undefined) return [`${kept} ${this.#processors.present} ${JSON.stringify(this.#processors.counts)}`];
    if (!isProcessor(wanted)) return [`${refused}there is no processor ${wanted}`];
    const from = performance.now();
    const why = this.#processors.take(wanted);
    return [why === undefined ? `${kept} ${(performance.now() - from).toFixed(1)}` : `${refused}${why}`];
  }
}
