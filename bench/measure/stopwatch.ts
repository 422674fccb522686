/** Times commands from start to end by guest/stopwatch.c, which stands where they are to run. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { compile } from './compile.ts';

export interface Timed {
  readonly wallMs: number;
  /** Of the command and all it waited for. */
  readonly cpuMs: number;
  readonly output: string;
}

export interface StopwatchOptions {
  /** What leads to where the commands are to run: a command line that ends by becoming the one appended. */
  readonly way?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A path both sides see. */
  readonly outputPath: string;
  readonly signal: AbortSignal;
}

export class Stopwatch {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  readonly #outputPath: string;
  readonly #signal: AbortSignal;

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>, { outputPath, signal }: StopwatchOptions) {
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    this.#outputPath = outputPath;
    this.#signal = signal;
  }

  static async start(options: StopwatchOptions): Promise<Stopwatch> {
    const [program = '', ...args] = [...(options.way ?? []), await compile('stopwatch'), options.outputPath];
    const child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'inherit'],
      cwd: '/',
      // Not among those a terminal's Ctrl-C meets: whoever runs the bench ends it in order.
      detached: true,
      env: { ...process.env, NO_COLOR: '1', ...options.env },
    });
    child.stdin.on('error', () => {});
    const stopwatch = new Stopwatch(child, options);
    await stopwatch.time(['true']);
    return stopwatch;
  }

  /** Throws if it ends with a status that isn't accepted. */
  async time(command: readonly string[], accept: readonly number[] = [0]): Promise<Timed> {
    this.#signal.throwIfAborted();
    const hasten = (): void => void this.#child.kill('SIGTERM');
    this.#signal.addEventListener('abort', hasten, { once: true });
    this.#child.stdin.write(`${command.length}\n${command.map((word) => `${word}\0`).join('')}`);
    const { value: line, done } = await this.#lines.next();
    this.#signal.removeEventListener('abort', hasten);
    this.#signal.throwIfAborted();
    if (done) throw new Error(`the stopwatch ended before ${command.join(' ')}`);
    const [status = 1, wallNs = 0, cpuNs = 0] = line.split(' ').map(Number);
    const output = readFileSync(this.#outputPath, 'utf8');
    if (!accept.includes(status)) throw new Error(`${command.join(' ').slice(0, 300)} ended with ${status}: ${output.trim().slice(-500)}`);
    return { wallMs: wallNs / 1e6, cpuMs: cpuNs / 1e6, output };
  }

  /** What it was started by ends with it. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.stdin.end();
    const killing = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    await gone;
    clearTimeout(killing);
  }
}
