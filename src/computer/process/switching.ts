/** Another processor for a machine that runs. */
import type { Processor } from './description.ts';
import { kept, refused } from './moments.ts';

export class Switching {
  readonly #processor: Processor;

  constructor(processor: Processor) {
    this.#processor = processor;
  }

  /** `processor WHICH`: that one carries out its instructions from now on. The answer's second word is for how many milliseconds it stood still. */
  answer(order: string): readonly string[] {
    if (order === `processor ${this.#processor}`) return [`${kept} 0`];
    return [`${refused}its processor is what it was switched on with, and no other can go on with what runs yet`];
  }
}
