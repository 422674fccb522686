/** Times commands from start to end by guest/stopwatch.c, which stands where they are to run. */
import { readFileSync } from 'node:fs';
import { HostDialogue } from '../../src/host/program/dialogue.ts';
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
  readonly #dialogue: HostDialogue;
  readonly #outputPath: string;

  private constructor(dialogue: HostDialogue, outputPath: string) {
    this.#dialogue = dialogue;
    this.#outputPath = outputPath;
  }

  static async start({ way = [], env, outputPath, signal }: StopwatchOptions): Promise<Stopwatch> {
    const dialogue = HostDialogue.start([...way, await compile('stopwatch'), outputPath], {
      signal,
      env: { ...process.env, NO_COLOR: '1', ...env },
    });
    const stopwatch = new Stopwatch(dialogue, outputPath);
    await stopwatch.time(['true']);
    return stopwatch;
  }

  /** Throws if it ends with a status other than 0. */
  async time(command: readonly string[]): Promise<Timed> {
    const line = await this.#dialogue.ask(`${command.length}\n${command.map((word) => `${word}\0`).join('')}`);
    const [status = 1, wallNs = 0, cpuNs = 0] = line.split(' ').map(Number);
    const output = readFileSync(this.#outputPath, 'utf8');
    if (status !== 0) throw new Error(`${command.join(' ').slice(0, 300)} ended with ${status}: ${output.trim().slice(-500)}`);
    return { wallMs: wallNs / 1e6, cpuMs: cpuNs / 1e6, output };
  }

  close(): Promise<void> {
    return this.#dialogue.close();
  }
}
