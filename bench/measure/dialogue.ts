/** A child that answers each question with a line, until its input ends. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

const patienceMs = 10_000;

export class Dialogue {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  readonly #name: string;
  readonly #signal: AbortSignal;

  /** `line`: the child's command line. */
  constructor(line: readonly string[], signal: AbortSignal, env: Readonly<Record<string, string>> = {}) {
    const [program = '', ...args] = line;
    this.#name = line.join(' ').slice(0, 200);
    this.#signal = signal;
    this.#child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'inherit'],
      cwd: '/',
      // Not among those a terminal's Ctrl-C meets: whoever runs the bench ends it in order.
      detached: true,
      env: { ...process.env, NO_COLOR: '1', ...env },
    });
    this.#child.stdin.on('error', () => {});
    this.#child.on('error', () => {});
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** An abort while it is being answered sends SIGTERM, and throws once the answer is there. */
  async ask(question: string): Promise<string> {
    this.#signal.throwIfAborted();
    const hasten = (): void => void this.#child.kill('SIGTERM');
    this.#signal.addEventListener('abort', hasten, { once: true });
    this.#child.stdin.write(question);
    const { value: line, done } = await this.#lines.next();
    this.#signal.removeEventListener('abort', hasten);
    this.#signal.throwIfAborted();
    if (done) throw new Error(`${this.#name} ended without an answer to ${question.replaceAll('\0', ' ').trim().slice(0, 200)}`);
    return line;
  }

  /** What it was started by ends with it. */
  async close(): Promise<void> {
    if (this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.stdin.end();
    const killing = setTimeout(() => this.#child.kill('SIGKILL'), patienceMs);
    await gone;
    clearTimeout(killing);
  }
}
