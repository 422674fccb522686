/** Times kinds of work by guest/workload.c, wherever it runs. */
import { Dialogue } from './dialogue.ts';

export const works = ['cpu', 'memory', 'fault', 'pipe', 'fork', 'exec', 'call', 'stat', 'open', 'create', 'direct', 'fsync'] as const;
export type Work = (typeof works)[number];

export interface Spent {
  readonly wallMs: number;
  readonly cpuMs: number;
}

export class Workload {
  readonly #dialogue: Dialogue;

  /** `line`: what runs workload.c, and the directory it may write to. */
  constructor(line: readonly string[], signal: AbortSignal) {
    this.#dialogue = new Dialogue(line, signal);
  }

  async perform(work: Work, loops: number, processor: number): Promise<Spent> {
    const [wallNs = 0, cpuNs = 0] = (await this.#dialogue.ask(`${work} ${loops} ${processor}\n`)).split(' ').map(Number);
    return { wallMs: wallNs / 1e6, cpuMs: cpuNs / 1e6 };
  }

  /** How many loops take about so long. */
  async loopsFor(work: Work, wallMs: number, processor: number): Promise<number> {
    for (let loops = 1; ; loops *= 4) {
      const spent = await this.perform(work, loops, processor);
      if (spent.wallMs >= wallMs / 4) return Math.max(1, Math.round((loops * wallMs) / spent.wallMs));
    }
  }

  close(): Promise<void> {
    return this.#dialogue.close();
  }
}
