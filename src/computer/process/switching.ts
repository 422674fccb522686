/** Another processor for a machine that runs. */
import { inWords } from '../../host/index.ts';
import type { Processors } from '../engine/processors.ts';
import { bySlices } from '../snapshot/index.ts';
import { isProcessor, type Processor } from './description.ts';
import { kept, refused } from './moments.ts';
import type { Undertaking } from './undertaking.ts';

export class Switching implements Disposable {
  readonly #processors: Pick<Processors, 'present' | 'counts' | 'prepare' | 'take'>;
  readonly #wake: () => void;
  readonly #undertaking: Undertaking;
  readonly #end = new AbortController();

  /** `wake`: there is something to do. */
  constructor(processors: Pick<Processors, 'present' | 'counts' | 'prepare' | 'take'>, wake: () => void, undertaking: Undertaking) {
    this.#processors = processors;
    this.#wake = wake;
    this.#undertaking = undertaking;
  }

  /**
   * `processor`: which one it is, and what it came to. `processor WHICH`: that one carries out its instructions from the answer on, which `tell` has once all is ready; its second word is for how many
   * milliseconds it stood still.
   */
  answer(order: string, tell: (said: string) => void): readonly string[] {
    const [, wanted] = /^processor (\w+)$/.exec(order) ?? [];
    if (wanted === undefined) return [`${kept} ${this.#processors.present} ${JSON.stringify(this.#processors.counts)}`];
    if (!isProcessor(wanted)) return [`${refused}there is no processor ${wanted}`];
    if (this.#undertaking.present !== undefined) return [`${refused}${this.#undertaking.present}`];
    this.#undertaking.begin('another processor is taking over', () => this.#take(wanted), tell);
    return [];
  }

  /** What is being made ready is given up. */
  [Symbol.dispose](): void {
    this.#end.abort();
  }

  async #take(wanted: Processor): Promise<string> {
    try {
      await bySlices(this.#processors.prepare(wanted), this.#end.signal);
    } catch (error) {
      if (!this.#end.signal.aborted && !(error instanceof Error && 'code' in error)) throw error;
      return `${refused}${inWords(error)}`;
    }
    const from = performance.now();
    const why = this.#processors.take(wanted);
    const stood = (performance.now() - from).toFixed(1);
    this.#wake();
    return why === undefined ? `${kept} ${stood}` : `${refused}${why}`;
  }
}
