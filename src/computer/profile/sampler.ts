/** Who of a computer's makers takes the time of this thread: by V8's own samples, one each millisecond. */
import { type Profiler, Session } from 'node:inspector';
import { addedName } from '../../isa/index.ts';

/** Seconds: of translations, of the interpreter, and of the host for both, which is everything but rest: devices, page tables, translating, garbage. */
export interface Shares {
  readonly translations: number;
  readonly interpreter: number;
  readonly host: number;
}

const intervalUs = 1000;
/** Samples are kept until they are counted: so many milliseconds long. */
const longestMs = 10_000;

export class Sampler implements Disposable {
  readonly #session = new Session();
  readonly #us = { translations: 0, interpreter: 0, host: 0 };
  #begun = performance.now();

  constructor() {
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.setSamplingInterval', { interval: intervalUs });
    this.#session.post('Profiler.start');
  }

  /** Counts what was sampled, now and then. */
  look(): void {
    if (performance.now() - this.#begun < longestMs) return;
    this.#count();
    this.#session.post('Profiler.start');
    this.#begun = performance.now();
  }

  /** No more is sampled from now on. */
  end(): Shares {
    this.#count();
    const { translations, interpreter, host } = this.#us;
    return { translations: translations / 1e6, interpreter: interpreter / 1e6, host: host / 1e6 };
  }

  [Symbol.dispose](): void {
    this.#session.disconnect();
  }

  /** It answers before `post` returns: what is asked stands in the same thread. */
  #count(): void {
    this.#session.post('Profiler.stop', (error, answer) => {
      if (error !== null) throw error;
      this.#add(answer.profile);
    });
  }

  #add({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): void {
    const whose = new Map(nodes.map(({ id, callFrame }) => [id, makerOf(callFrame)]));
    for (const [at, id] of samples.entries()) {
      const maker = whose.get(id);
      // The delta is what passed before the sample.
      if (maker !== undefined) this.#us[maker] += Math.max(timeDeltas[at] ?? 0, 0);
    }
  }
}

/** Undefined of rest. V8 calls a module by the name that is in it, and a digest of it. */
const makerOf = ({ url, functionName }: Profiler.ProfileNode['callFrame']): keyof Shares | undefined => {
  if (url.startsWith(`wasm://wasm/${addedName}`)) return 'translations';
  if (url.startsWith('wasm://')) return 'interpreter';
  return functionName === '(idle)' ? undefined : 'host';
};
