/** A process's surroundings, made up: streams that are remembered, and terminals where a test wants them. */
import { PassThrough } from 'node:stream';
import type { Outside } from '../../src/surface/cli/telling/outside.ts';

export interface MadeUp {
  /** Which of 0, 1 and 2 are terminals; none if undefined. */
  readonly terminals?: readonly number[];
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: NodeJS.ProcessEnv;
}

export class MemoryOutside implements Outside {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  /** What setRawMode was told, in order. */
  readonly rawModes: boolean[] = [];
  readonly keys = new PassThrough();
  readonly #terminals: readonly number[];
  readonly #written: Record<1 | 2, Buffer[]> = { 1: [], 2: [] };

  constructor({ terminals = [], columns = 80, rows = 24, env = {} }: MadeUp = {}) {
    this.#terminals = terminals;
    this.env = env;
    this.stdin = Object.assign(this.keys, { setRawMode: (mode: boolean) => this.rawModes.push(mode) }) as unknown as NodeJS.ReadStream;
    this.stdout = this.#stream(1, columns, rows);
    this.stderr = this.#stream(2, columns, rows);
  }

  isTerminal(descriptor: 0 | 1 | 2): boolean {
    return this.#terminals.includes(descriptor);
  }

  /** What was written to standard output (1) or standard error (2). */
  text(descriptor: 1 | 2): string {
    return Buffer.concat(this.#written[descriptor]).toString();
  }

  #stream(descriptor: 1 | 2, columns: number, rows: number): NodeJS.WriteStream {
    const stream = new PassThrough();
    stream.on('data', (chunk: Buffer) => this.#written[descriptor].push(chunk));
    return Object.assign(stream, { columns, rows }) as unknown as NodeJS.WriteStream;
  }
}
