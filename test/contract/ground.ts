/** Where clauses are proved: a store of its own, and isola on it with one technique. It notes which verbs are used. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Deed,
  type DoctorReport,
  type EnvironmentDetail,
  type EnvironmentRow,
  type VerbName,
  verbs,
} from '../../src/environment/command/index.ts';
import type { Supervisor } from '../../src/environment/index.ts';
import { open } from '../../src/main.ts';
import { StoreHandle } from '../../src/surface/api/index.ts';
import { main } from '../../src/surface/cli/index.ts';
import { MemoryOutside } from '../memory/outside.ts';
import { Stage, type TellOptions, type Told } from '../stage/stage.ts';
import type { Subject } from './clause.ts';

export class Ground {
  readonly technique: Subject['technique'];
  readonly image: string;
  readonly stage = new Stage();
  /** Other techniques that work on this host, with which it is proved here. */
  readonly others: readonly Subject[];
  readonly used = new Set<VerbName>();
  readonly #shared = 'shared';
  #supervisor: Supervisor | undefined;

  constructor({ technique, image }: Subject, others: readonly Subject[]) {
    this.technique = technique;
    this.image = image;
    this.others = others;
  }

  /** Runs isola to its end. What needs no streams of a process is carried out in this one: the same words, without Node's start. */
  async isola(...args: readonly string[]): Promise<Told> {
    if (['run', 'exec', 'shell'].includes(args[0] ?? '') || args.includes('-')) return this.tell(args);
    const outside = new MemoryOutside();
    const code = await main(['--store', this.stage.store, ...this.line(args)], open, outside);
    return { code, stdout: outside.text(1), stderr: outside.text(2) };
  }

  /** Runs isola as a process of its own. */
  tell(args: readonly string[], options: TellOptions = {}): Promise<Told> {
    return this.stage.tell(this.line(args), options);
  }

  /** Runs isola, which must end well; returns what it printed. */
  async ok(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.isola(...args);
    assert.equal(code, 0, `isola ${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout;
  }

  async data<T>(...args: readonly string[]): Promise<T> {
    return JSON.parse(await this.ok(...args, '--format', 'json'));
  }

  /** Runs isola, which must refuse; returns what it said. */
  async refused(exit: number, ...args: readonly string[]): Promise<string> {
    const { code, stderr } = await this.isola(...args);
    assert.equal(code, exit, `isola ${args.join(' ')} ended with ${code}: ${stderr}`);
    assert.match(stderr, /^isola: .+\n {2}\S.+/, 'a sentence, and a remedy below it');
    return stderr;
  }

  /** The same words with the technique, where they make an environment and name none. The verb counts as used. */
  line(args: readonly string[]): readonly string[] {
    const [first = '', second = ''] = args;
    const verb = [`${first} ${second}`, first].find(isVerb);
    if (verb !== undefined) this.used.add(verb);
    const makes = (verb === 'run' || verb === 'launch') && !args.includes('--technique');
    return makes ? [first, '--technique', this.technique, ...args.slice(1)] : args;
  }

  /** Launches environments that do nothing but wait for exec. */
  hold(...args: readonly string[]): Promise<readonly Deed[]> {
    return this.data<Deed[]>('launch', '--hold', ...args);
  }

  /** What a shell script inside prints; it must end well. */
  async inside(name: string, script: string): Promise<string> {
    const box = await (await this.library()).get(name);
    return (await box.exec(['sh', '-c', script], { check: true })).stdout;
  }

  async row(name: string): Promise<EnvironmentRow> {
    const [row] = await this.data<EnvironmentRow[]>('list', name);
    assert.ok(row, `${name} is not in the list`);
    return row;
  }

  async phase(name: string): Promise<string> {
    return (await this.row(name)).phase;
  }

  show(name: string): Promise<EnvironmentDetail> {
    return this.data<EnvironmentDetail>('show', name);
  }

  /** Names in the list, without the shared one. */
  async names(): Promise<readonly string[]> {
    const rows = await this.data<EnvironmentRow[]>('list');
    return rows.map(({ name }) => name).filter((name) => name !== this.#shared);
  }

  /** The name of an environment that runs and waits for exec: for clauses which leave it as it is, but for files of their own. */
  async shared(): Promise<string> {
    const row = (await this.stage.look('list', { names: [], phase: undefined, quiet: false })).find(({ name }) => name === this.#shared);
    if (row === undefined) await this.hold(this.image, this.#shared);
    else if (row.phase !== 'running') await this.ok('start', this.#shared);
    return this.#shared;
  }

  /** The library on the same store. */
  async library(): Promise<StoreHandle> {
    this.#supervisor ??= await open({ store: this.stage.store });
    return new StoreHandle(noting(this.#supervisor, this.used), {});
  }

  /** What doctor finds to be repaired, in sentences. */
  async faults(): Promise<readonly string[]> {
    // Its status tells whether there is something bad.
    const { stdout } = await this.isola('doctor', '--format', 'json');
    const { leftovers, checks }: DoctorReport = JSON.parse(stdout);
    return [...leftovers, ...checks.filter(({ state }) => state === 'bad').map(({ what, detail }) => `${what}: ${detail}`)];
  }

  /** Asks again and again until it holds; fails after `patienceMs`. */
  async eventually(holds: () => Promise<boolean>, patienceMs = 120_000): Promise<void> {
    for (const end = performance.now() + patienceMs; !(await holds()); await sleep(50))
      assert.ok(performance.now() < end, `it did not happen within ${patienceMs} ms`);
  }

  /** Removes what a clause has left. */
  async clear({ sharedToo = false } = {}): Promise<void> {
    const rows = await this.stage.look('list', { names: [], phase: undefined, quiet: false });
    const names = rows.map(({ name }) => name).filter((name) => sharedToo || name !== this.#shared);
    if (names.length > 0) await this.stage.look('delete', { names, all: false, force: true });
  }

  async leave(): Promise<void> {
    this.#supervisor?.[Symbol.dispose]();
    await this.stage.leave();
  }
}

const isVerb = (words: string): words is VerbName => Object.hasOwn(verbs, words);

/** The same supervisor; verbs it is asked for are noted. */
const noting = (supervisor: Supervisor, used: Set<VerbName>): Supervisor =>
  new Proxy(supervisor, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      return (...args: readonly unknown[]) => {
        const words = key === 'submit' ? String(args[0]) : key === 'launchBound' ? 'launch' : String(key);
        if (isVerb(words)) used.add(words);
        return value.apply(target, args);
      };
    },
  });
