/** A computer that is traced: it runs in short turns while each instruction is told, and waits while what was told can't be written as fast. */
import type { Pause } from '../../board/index.ts';
import type { Driven } from '../../desk/index.ts';
import type { TraceFile } from './file.ts';
import type { Tracer } from './tracer.ts';

/** Instructions until others have their turn: some ten milliseconds. */
const slice = 5000;
const waits: Pause = { why: 'idle', until: undefined };

export class Traced implements Driven {
  readonly #inner: Driven;
  readonly #tracer: Tracer;
  readonly #file: TraceFile;

  /** Runs `inner`, which runs the computer. */
  constructor(inner: Driven, tracer: Tracer, file: TraceFile) {
    this.#inner = inner;
    this.#tracer = tracer;
    this.#file = file;
  }

  get clock(): Driven['clock'] {
    return this.#inner.clock;
  }

  /** Throws `path-closed` where the trace can't be written any more. */
  run(most: number): Pause {
    if (this.#file.isFull) return waits;
    return this.#inner.run(this.#tracer.seesEach ? Math.min(most, slice) : most);
  }

  /** Throws `path-closed`. */
  async end(): Promise<void> {
    this.#tracer.settle();
    await this.#file.end();
  }
}
