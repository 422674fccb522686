/**
 * Gives random input to a target of fuzz/targets.ts: `tools/node tools/fuzz.ts TARGET [MINUTES [SEED]]`, ten minutes from a seed by the clock where nothing is said.
 * Each input follows from its seed alone; of 0 minutes, that one input is tried. What throws or takes more than half a minute of a processor's time is a finding, told with the line that
 * gives it again. A run without one is kept in docs/coverage/fuzz.json, from which docs/coverage/fuzz.md is made.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { randomFrom } from '../fuzz/mutation.ts';
import { targets } from '../fuzz/targets.ts';
import { fuzzPage, fuzzPath, readFuzz } from './generate/fuzz.ts';

const root = join(import.meta.dirname, '..');
const mostSeconds = 30;
/** Seeds are counted from here on in words of 32 bits. */
const seeds = 2 ** 31;

interface Work {
  readonly name: string;
  readonly minutes: number;
  readonly seed: number;
  /** Two words: how many inputs were begun, and whether all is loaded. */
  readonly progress: SharedArrayBuffer;
}

interface Told {
  readonly inputs: number;
  readonly finding?: string;
}

/** In a thread of its own, for what hangs can't be asked. */
const work = async ({ name, minutes, seed, progress }: Work): Promise<Told> => {
  const attempt = await targets[name]?.load();
  if (attempt === undefined) throw new Error(`no target is called ${name}`);
  const begun = new Int32Array(progress);
  Atomics.store(begun, 1, 1);
  const end = performance.now() + minutes * 60_000;
  for (let inputs = 1; ; inputs++) {
    Atomics.store(begun, 0, inputs);
    try {
      attempt(randomFrom((seed + inputs - 1) % seeds));
    } catch (error) {
      return { inputs, finding: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
    if (performance.now() >= end) return { inputs };
  }
};

/** Of a processor's time: a busy host is no finding. */
const spentSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Ends when the work has, or when one input takes too long. */
const watch = (wanted: Work): Promise<Told> => {
  const begun = new Int32Array(wanted.progress);
  const worker = new Worker(import.meta.filename, { workerData: wanted });
  const { promise, resolve, reject } = Promise.withResolvers<Told>();
  let [last, since] = [0, spentSeconds()];
  const timer = setInterval(() => {
    const inputs = Atomics.load(begun, 0);
    if (inputs !== last || Atomics.load(begun, 1) === 0) [last, since] = [inputs, spentSeconds()];
    else if (spentSeconds() - since > mostSeconds) resolve({ inputs, finding: `not through after ${mostSeconds} s of a processor's time` });
  }, 1000);
  worker.once('message', resolve);
  worker.once('error', reject);
  return promise.finally(async () => {
    clearInterval(timer);
    await worker.terminate();
  });
};

const main = async ([name = '', minutes = '10', seed = String(Date.now() % seeds)]: readonly string[]): Promise<number> => {
  if (targets[name] === undefined || !/^\d+(\.\d+)?$/.test(minutes) || !/^\d+$/.test(seed)) {
    console.error(`tools/node tools/fuzz.ts TARGET [MINUTES [SEED]], where TARGET is one of ${Object.keys(targets).join(', ')}`);
    return 2;
  }
  console.log(`${name}: ${minutes} minutes from seed ${seed}`);
  const { inputs, finding } = await watch({ name, minutes: Number(minutes), seed: Number(seed), progress: new SharedArrayBuffer(8) });
  if (finding !== undefined) {
    console.error(`${name}: ${finding}\nagain: tools/node tools/fuzz.ts ${name} 0 ${(Number(seed) + inputs - 1) % seeds}`);
    return 1;
  }
  console.log(`${name}: ${inputs} inputs, no finding`);
  if (Number(minutes) > 0) keep(name, { date: new Date().toISOString(), minutes: Number(minutes), inputs, seed: Number(seed) });
  return 0;
};

const keep = (name: string, run: ReturnType<typeof readFuzz>[string]): void => {
  const kept = { ...readFuzz(), [name]: run };
  const ordered = Object.fromEntries(Object.keys(targets).flatMap((key) => (kept[key] === undefined ? [] : [[key, kept[key]]])));
  writeFileSync(join(root, fuzzPath), `${JSON.stringify(ordered, null, 2)}\n`);
  writeFileSync(join(root, fuzzPath.replace(/\.json$/, '.md')), fuzzPage(ordered));
};

// The worker's data were put together above.
if (isMainThread) process.exitCode = await main(process.argv.slice(2));
else parentPort?.postMessage(await work(workerData as Work));
