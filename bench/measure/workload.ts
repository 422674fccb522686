/** Times kinds of work by guest/measure, wherever it runs. */
import { HostDialogue } from '../../src/host/program/dialogue.ts';
import type { Work } from '../../src/measure/index.ts';
import { isAbsent, Worker } from '../../src/supervisor/verbs/compare/worker.ts';

export interface Spent {
  readonly wallMs: number;
  readonly cpuMs: number;
}

export class Workload {
  readonly #worker: Worker;

  /** `line`: what runs guest/measure, and the directory it may write to. */
  constructor(line: readonly string[], signal: AbortSignal) {
    this.#worker = new Worker(HostDialogue.start(line, { signal }));
  }

  async perform(work: Work, loops: number, processor: number): Promise<Spent> {
    const answer = await this.#worker.perform(work, loops, processor);
    if (isAbsent(answer)) throw new Error(`${work} can't be measured: ${answer.absent}`);
    return answer;
  }

  /** How many loops take about so long. */
  async loopsFor(work: Work, wallMs: number, processor: number): Promise<number> {
    const loops = await this.#worker.loopsFor(work, wallMs, processor);
    if (typeof loops !== 'number') throw new Error(`${work} can't be measured: ${loops.absent}`);
    return loops;
  }

  close(): Promise<void> {
    return this.#worker.close();
  }
}
