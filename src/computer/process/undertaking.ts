/** What a machine does over many turns, while it runs on, and of which only one may be under way: both a moment and another processor have its memory elsewhere in the end. */
export class Undertaking {
  #present: string | undefined;

  /** What is under way, as a sentence about the machine says it. */
  get present(): string | undefined {
    return this.#present;
  }

  /** Does `work`, and is free again before `then` hears what it came to, which may begin the next. Nothing may be under way. */
  begin(sentence: string, work: () => Promise<string>, then: (said: string) => void): void {
    if (this.#present !== undefined) throw new Error(`${sentence} while ${this.#present}`);
    this.#present = sentence;
    void work()
      .finally(() => {
        this.#present = undefined;
      })
      .then(then);
  }
}
