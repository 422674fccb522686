/** Another processor for a machine that runs. */
import { inWords } from '../../host/index.ts';
import type { Direct } from '../engine/direct.ts';
import type { Processor } from './description.ts';
import { kept, refused } from './moments.ts';

export class Switching {
  readonly #direct: Direct | undefined;

  /** Undefined: its programs are interpreted, and stay so. */
  constructor(direct: Direct | undefined) {
    this.#direct = direct;
  }

  get #processor(): Processor {
    return this.#direct?.isOn === true ? 'direct' : 'emulated';
  }

  /** `processor`: which one it is, and what it came to. `processor WHICH`: that one carries out its instructions from now on; the answer's second word is for how many milliseconds it stood still. */
  answer(order: string): readonly string[] {
    const [, wanted] = /^processor (\w+)$/.exec(order) ?? [];
    if (wanted === undefined) return [`${kept} ${this.#processor} ${JSON.stringify(this.#direct?.counts ?? {})}`];
    if (wanted === this.#processor) return [`${kept} 0`];
    if (this.#direct === undefined || (wanted !== 'direct' && wanted !== 'emulated'))
      return [`${refused}its processor is what it was switched on with: another needs a process that it doesn’t have`];
    const from = performance.now();
    try {
      this.#direct.isOn = wanted === 'direct';
    } catch (error) {
      return [`${refused}${inWords(error)}`];
    }
    return [`${kept} ${(performance.now() - from).toFixed(1)}`];
  }
}
