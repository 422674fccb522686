/** Tells people what goes on while they wait. */
import type { Call, Progress } from '../../../environment/index.ts';
import type { Globals } from '../line/globals.ts';
import type { Outside } from './outside.ts';
import type { ProgressLine } from './progress.ts';
import { write } from './write.ts';

/** The parts of a Call that speak. To be ended before anything else is printed. */
export class Teller implements Omit<Call, 'signal'>, AsyncDisposable {
  readonly #outside: Outside;
  readonly #says: boolean;
  readonly #shows: boolean;
  #line: Promise<ProgressLine> | undefined;
  #latest: Progress | undefined;
  #ended = false;

  constructor(outside: Outside, { quiet, verbose }: Pick<Globals, 'quiet' | 'verbose'>) {
    this.#outside = outside;
    this.#shows = !quiet && outside.isTerminal(2);
    this.#says = !quiet && (verbose || this.#shows);
  }

  progress(progress: Progress): void {
    if (!this.#shows || this.#ended) return;
    this.#latest = progress;
    this.#line ??= import('./progress.ts').then(({ ProgressLine }) => new ProgressLine(this.#outside.stderr));
    void this.#line.then((line) => {
      if (!this.#ended && this.#latest) line.show(this.#latest);
    });
  }

  say(sentence: string): void {
    if (!this.#says || this.#ended) return;
    const tell = (): void => void write(this.#outside.stderr, `${sentence}\n`).catch(() => {});
    if (this.#line === undefined) tell();
    else void this.#line.then((line) => line.interrupt(tell));
  }

  /** Erases the progress line; silent from now on. */
  async end(): Promise<void> {
    this.#ended = true;
    (await this.#line)?.erase();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}
