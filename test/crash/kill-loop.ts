/**
 * Kills commands that change something, one after the other, at random moments, and looks at what stays:
 * `tools/node test/crash/kill-loop.ts [--machines] KILLS [SEED …]`, so many kills for each seed, writes its figures to
 * bench/results/kill-loop-<date>.json, or kill-loop-machines-<date>.json.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Stage } from '../stage/stage.ts';
import { leftovers } from './aftermath.ts';
import { clear, type Deed, deedsOf, prepareFiles } from './deeds.ts';
import { machineDeedsOf } from './machine-deeds.ts';
import { randomFrom } from './random.ts';
import { hasStrace, type Moment, type Struck, strike } from './strike.ts';
import { World } from './world.ts';

export interface Figures {
  readonly seed: number;
  readonly kills: number;
  readonly seconds: number;
  /** By command: how often it was killed, what was left over before the next repair and after it, in things found. */
  readonly commands: Readonly<Record<string, Tally>>;
  /** What must never happen, and did. */
  readonly faults: readonly string[];
}

interface Tally {
  kills: number;
  /** It had ended before the signal came. */
  escaped: number;
  leftBefore: number;
  leftAfter: number;
}

/** Every isola that is to repair or to go on must end within this time. */
const hangMs = 180_000;

export const killLoop = async (
  kills: number,
  seed: number,
  log: (line: string) => void,
  deeds: (files: string, port: number) => readonly Deed[] = deedsOf,
): Promise<Figures> => {
  const files = mkdtempSync(join(tmpdir(), 'isola-kill-loop-'));
  prepareFiles(files);
  const start = performance.now();
  const loop = new KillLoop(seed, deeds(files, 20_000 + (process.pid % 20_000)), log);
  try {
    await loop.run(kills);
  } finally {
    await loop.leave();
    rmSync(files, { recursive: true, force: true });
  }
  const { tallies, faults } = loop;
  return { seed, kills: loop.kills, seconds: Math.round((performance.now() - start) / 1000), commands: tallies, faults };
};

class KillLoop {
  readonly tallies: Record<string, Tally> = {};
  readonly faults: string[] = [];
  readonly #random: () => number;
  readonly #deeds: readonly Deed[];
  readonly #log: (line: string) => void;
  /** How long each takes and how many changing calls it makes, as far as was seen. */
  readonly #spans = new Map<Deed, { ms: number; calls: number }>();
  #stage = new Stage();
  #world = new World(this.#stage);

  constructor(seed: number, deeds: readonly Deed[], log: (line: string) => void) {
    this.#random = randomFrom(seed);
    this.#deeds = deeds;
    this.#log = log;
  }

  get kills(): number {
    return Object.values(this.tallies).reduce((sum, { kills }) => sum + kills, 0);
  }

  async run(kills: number): Promise<void> {
    await this.#world.make();
    for (let round = 0; this.kills < kills; ) {
      for (const deed of this.#shuffled()) {
        if (this.kills >= kills) break;
        await this.#round(deed, ++round);
      }
    }
    await this.#world.checkRunning();
  }

  async leave(): Promise<void> {
    await this.#stage.leave();
  }

  async #round(deed: Deed, round: number): Promise<void> {
    const told: string[] = [];
    this.tallies[deed.verb] ??= { kills: 0, escaped: 0, leftBefore: 0, leftAfter: 0 };
    const tally = this.tallies[deed.verb]!;
    try {
      await deed.before?.(this.#world);
      const dice = this.#random();
      // Once; twice in a row; two at once.
      const count = dice < 0.6 ? 1 : 2;
      if (dice < 0.8) for (let n = 0; n < count; n++) told.push(await this.#kill(deed, tally));
      else told.push(...(await Promise.all([this.#kill(deed, tally), this.#kill(deed, tally)])));
      tally.leftBefore += (await leftovers(this.#stage, 0)).length;
      if (this.#random() < 0.3) await this.#again(deed, told);
      await this.#within(['doctor', '--repair'], [0]);
      const left = await leftovers(this.#stage);
      tally.leftAfter += left.length;
      if (left.length > 0) throw new Error(`left after the repair: ${left.join('; ')}`);
      await this.#world.check();
      await clear(this.#stage);
      const then = await leftovers(this.#stage);
      if (then.length > 0) throw new Error(`left after everything was cleared: ${then.join('; ')}`);
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      this.faults.push(`round ${round}, ${deed.args.join(' ')} ${told.join(', ')}: ${what}`);
      this.#log(`FAULT ${this.faults.at(-1)}`);
      await this.#beginAnew();
    }
    this.#log(`${round}: ${deed.args.join(' ')} ${told.join(', ')}`);
  }

  async #kill(deed: Deed, tally: Tally): Promise<string> {
    const moment = this.#moment(deed);
    const struck = deed.prey ? await this.#strikePrey(deed, moment) : await strike(this.#stage, deed.args, moment);
    const span = this.#spans.get(deed) ?? { ms: 0, calls: 0 };
    this.#spans.set(deed, { ms: Math.max(span.ms, struck.ms), calls: Math.max(span.calls, struck.calls) });
    if (struck.met) tally.kills++;
    else tally.escaped++;
    if (!struck.met && struck.code !== 0 && !/^isola: /.test(struck.stderr)) throw new Error(`ended with ${struck.code}: ${struck.stderr}`);
    return `${struck.met ? 'killed' : `ended with ${struck.code}`} ${'atCall' in moment ? `at call ${moment.atCall}` : `after ${moment.afterMs} ms`}`;
  }

  /** Most of a command's first 90 ms is Node's own. */
  #moment(deed: Deed): Moment {
    const { ms = 350, calls = 80 } = this.#spans.get(deed) ?? {};
    if (deed.prey === undefined && hasStrace && this.#random() < 0.6) return { atCall: 1 + Math.floor(this.#random() * (calls || 80)) };
    const earliest = this.#random() < 0.1 || deed.prey ? 0 : 90;
    return { afterMs: Math.round(earliest + this.#random() * (deed.prey ? 250 : Math.max(50, ms - earliest))) };
  }

  async #strikePrey(deed: Deed, moment: Moment): Promise<Struck> {
    const start = performance.now();
    const told = await this.#stage.tell(deed.args, { killAfterMs: hangMs });
    let pid: number | undefined;
    while (pid === undefined && performance.now() - start < 5000) {
      pid = deed.prey?.(this.#stage);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await new Promise((resolve) => setTimeout(resolve, 'afterMs' in moment ? moment.afterMs : 0));
    // The same process: an id is not used again within so short a time.
    const met = pid !== undefined && deed.prey?.(this.#stage) === pid && process.kill(pid, 'SIGKILL');
    return { ...told, met, ms: performance.now() - start, calls: 0 };
  }

  /** The same command once more: it completes what was begun, or says why not. */
  async #again(deed: Deed, told: string[]): Promise<void> {
    const code = await this.#within(deed.args, [0, 1, 125]);
    told.push(`again: ${code}`);
  }

  async #within(args: readonly string[], statuses: readonly number[]): Promise<number> {
    const { code, stderr } = await this.#stage.tell(args, { killAfterMs: hangMs });
    if (code === 137) throw new Error(`isola ${args.join(' ')} hung`);
    if (!statuses.includes(code) || stderr.includes('defect:')) throw new Error(`isola ${args.join(' ')} ended with ${code}: ${stderr}`);
    return code;
  }

  /** After a fault the next rounds shall not suffer from it. */
  async #beginAnew(): Promise<void> {
    await this.#stage.leave().catch((error: unknown) => this.#log(`FAULT leaving: ${error}`));
    this.#stage = new Stage();
    this.#world = new World(this.#stage);
    await this.#world.make();
  }

  #shuffled(): readonly Deed[] {
    return this.#deeds
      .map((deed) => ({ deed, at: this.#random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ deed }) => deed);
  }
}

if (import.meta.main) {
  const ofMachines = process.argv.includes('--machines');
  const [kills = '300', ...seeds] = process.argv.slice(2).filter((arg) => arg !== '--machines');
  const directory = join(import.meta.dirname, '../../bench/results');
  const host = { kernel: release(), processors: cpus().length, node: process.versions.node };
  const date = new Date().toISOString().slice(0, 10);
  const runs: Figures[] = [];
  mkdirSync(directory, { recursive: true });
  for (const seed of seeds.length > 0 ? seeds : [Date.now() % 1e6]) {
    runs.push(await killLoop(Number(kills), Number(seed), console.log, ofMachines ? machineDeedsOf : deedsOf));
    writeFileSync(
      `${directory}/kill-loop-${ofMachines ? 'machines-' : ''}${date}.json`,
      `${JSON.stringify({ date, host, runs }, null, 2)}\n`,
    );
  }
  console.log(JSON.stringify(runs, null, 2));
  process.exitCode = runs.some(({ faults }) => faults.length > 0) ? 1 : 0;
}
