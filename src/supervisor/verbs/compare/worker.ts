/** The measuring program at work, wherever it runs: guest/measure. */
import type { Dialogue } from '../../../host/program/dialogue.ts';
import type { Work } from '../../../measure/index.ts';

/** What so many loops took. */
export interface Slice {
  readonly loops: number;
  /** By the clock where the program runs. */
  readonly wallMs: number;
  /** Processor time, its children's included. */
  readonly cpuMs: number;
  /** By the host's clock, from the order to the answer: an eighth of the loops goes before what is timed. */
  readonly roundTripMs: number;
  /** Processor time that the host has charged meanwhile, the eighth included; null where it isn't asked for. */
  readonly chargedMs: number | null;
}

export interface Clocks {
  readonly insideMs: number;
  readonly outsideMs: number;
}

const clockReadings = 10;

/** Why this work can't be done there. */
export interface Absent {
  readonly absent: string;
}

export type Answer = Slice | Absent;

export const isAbsent = (answer: Answer): answer is Absent => 'absent' in answer;

export class Worker {
  readonly #dialogue: Dialogue;
  readonly #charged: (() => Promise<number>) | undefined;
  /** Whether the host is asked at each order what it has charged. */
  charges = false;

  /** `charged`: the processor time the host has charged until now, in ms, where it can tell. */
  constructor(dialogue: Dialogue, charged?: () => Promise<number>) {
    this.#dialogue = dialogue;
    this.#charged = charged;
  }

  get canCharge(): boolean {
    return this.#charged !== undefined;
  }

  /** `processor`: the one it runs on; -1: any. Throws NoAnswer. */
  async perform(work: Work, loops: number, processor: number): Promise<Answer> {
    const charged = this.charges ? this.#charged : undefined;
    const chargedBefore = await charged?.();
    const begun = performance.now();
    const line = await this.#dialogue.ask(`${work} ${loops} ${processor}\n`);
    const roundTripMs = performance.now() - begun;
    const chargedMs = charged === undefined ? null : (await charged()) - (chargedBefore ?? 0);
    if (line.startsWith('absent ')) return { absent: line.slice('absent '.length) };
    const [wallNs = Number.NaN, cpuNs = Number.NaN] = line.split(' ').map(Number);
    return { loops, wallMs: wallNs / 1e6, cpuMs: cpuNs / 1e6, roundTripMs, chargedMs };
  }

  /** What both clocks show at one moment, in ms: of several readings, that with the shortest way. */
  async readClocks(): Promise<Clocks> {
    let best: (Clocks & { readonly wayMs: number }) | undefined;
    for (let at = 0; at < clockReadings; at++) {
      const begun = performance.now();
      const insideMs = Number((await this.#dialogue.ask('clock 0 -1\n')).split(' ')[0]) / 1e6;
      const wayMs = performance.now() - begun;
      if (best === undefined || wayMs < best.wayMs) best = { insideMs, outsideMs: begun + wayMs / 2, wayMs };
    }
    return best ?? { insideMs: Number.NaN, outsideMs: Number.NaN };
  }

  /** How many loops take about so long, found by trying. */
  async loopsFor(work: Work, wallMs: number, processor: number): Promise<number | Absent> {
    for (let loops = 1; ; loops *= 4) {
      const answer = await this.perform(work, loops, processor);
      if (isAbsent(answer)) return answer;
      if (answer.wallMs >= wallMs / 4) return Math.max(1, Math.round((loops * wallMs) / answer.wallMs));
    }
  }

  /** The loops of somebody else, or fewer where they take more than twice as long here. */
  async fewerLoops(work: Work, wallMs: number, processor: number, loops: number): Promise<number | Absent> {
    for (let fewer = Math.max(1, Math.round(loops / 64)); ; fewer = Math.min(loops, fewer * 8)) {
      const answer = await this.perform(work, fewer, processor);
      if (isAbsent(answer)) return answer;
      if (fewer === loops && answer.wallMs <= 2 * wallMs) return loops;
      if (answer.wallMs >= wallMs / 4 || fewer === loops) return Math.max(1, Math.min(loops, Math.round((fewer * wallMs) / answer.wallMs)));
    }
  }

  close(): Promise<void> {
    return this.#dialogue.close();
  }
}
