/** Tells people what goes on while they wait. */
import type { Call, Progress } from '../../../environment/index.ts';
import type { Globals } from '../line/globals.ts';
import type { Outside } from './outside.ts';
import type { ProgressLine } from './progress.ts';

/** Whom a call tells. To be ended before anything else is printed. */
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

  /** A call that tells here, and is ended by the signal. */
  callWith({ signal }: { readonly signal: AbortSignal }): Call {
    return { signal, progress: (progress) => this.progress(progress), say: (sentence) => this.say(sentence) };
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
    const { stderr } = this.#outside;
    // Where nobody listens, nothing is lost.
    if (stderr.listenerCount('error') === 0) stderr.on('error', () => {});
    const tell = (): void => void stderr.write(`${sentence}\n`);
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
