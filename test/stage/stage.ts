/**
 * A store of its own for a test file, and isola's command line on it. When the file is done, everything is gone: what is still
 * there of this store then fails the tests.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { Input, Result } from '../../src/environment/command/index.ts';
import type { DataVerb } from '../../src/environment/index.ts';
import { open } from '../../src/main.ts';

export interface Told {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface TellOptions {
  readonly input?: string | Uint8Array;
  /** Killed with SIGKILL after this time, if it isn't done. */
  readonly killAfterMs?: number;
  readonly env?: Readonly<Record<string, string>>;
}

const cli = join(import.meta.dirname, '../../src/cli.ts');
export const commandLine = [process.execPath, '--disable-warning=ExperimentalWarning', cli] as const;

export class Stage {
  readonly store: string;

  /** `parent`: the directory its store is made in. */
  constructor(parent = tmpdir()) {
    this.store = mkdtempSync(join(parent, 'isola-test-'));
  }

  /** Runs isola to its end. */
  isola(...args: readonly string[]): Promise<Told> {
    return this.tell(args);
  }

  tell(args: readonly string[], { input, killAfterMs, env }: TellOptions = {}): Promise<Told> {
    const [node, ...flags] = commandLine;
    const child = spawn(node, [...flags, '--store', this.store, ...args], {
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1', ...env },
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
    const killing = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    return new Promise((resolve) => {
      child.on('exit', (code, signal) => {
        clearTimeout(killing);
        const told = (): void =>
          resolve({
            code: code ?? (signal === 'SIGKILL' ? 137 : 128),
            stdout: Buffer.concat(out).toString(),
            stderr: Buffer.concat(err).toString(),
          });
        // What a killed isola leaves running may hold the streams open for ever.
        child.once('close', told);
        if (code === null) setTimeout(told, 100);
      });
    });
  }

  /** Runs isola, which must end well; returns what it printed. */
  async ok(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.tell(args);
    assert.equal(code, 0, `isola ${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout;
  }

  /** The same with its data. */
  async data<T>(...args: readonly string[]): Promise<T> {
    return JSON.parse(await this.ok(...args, '--format', 'json'));
  }

  /** The same without a process of its own: for a look that nobody disturbs. */
  async look<V extends DataVerb>(verb: V, input: Input<V>): Promise<Result<V>> {
    using supervisor = await open({ store: this.store });
    return await supervisor.submit(verb, input, { signal: new AbortController().signal, progress: () => {}, say: () => {} });
  }

  /** Runs isola, which must refuse; returns what it said. */
  async refused(exit: number, ...args: readonly string[]): Promise<string> {
    const { code, stderr } = await this.tell(args);
    assert.equal(code, exit, `isola ${args.join(' ')} ended with ${code}: ${stderr}`);
    assert.match(stderr, /^isola: .+\n {2}\S.+/, 'a sentence, and a remedy below it');
    return stderr;
  }

  /** What of this store exists on the host besides its files. */
  async traces(): Promise<readonly string[]> {
    const tag = await this.tag();
    if (tag === undefined) return [];
    const groups = readdirSync('/sys/fs/cgroup', { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && existsSync(`/sys/fs/cgroup/${entry.name}/isola-${tag}`))
      .map(({ name }) => `control group ${name}/isola-${tag}`);
    const links = readdirSync('/sys/class/net').filter(
      (name) => name === `isola${tag}` || name.startsWith(`is${tag}`) || name.startsWith(`ib${tag}`),
    );
    const mounts = readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .filter((line) => line.includes(this.store) || line.includes(`/run/isola/${tag}`));
    const loops = spawnSync('losetup', ['--noheadings', '--output', 'BACK-FILE'], { encoding: 'utf8' })
      .stdout.split('\n')
      .filter((line) => line.includes(this.store));
    const tables = spawnSync('nft', ['list', 'tables'], { encoding: 'utf8' })
      .stdout.split('\n')
      .filter((line) => line.includes(`isola-${tag}`));
    const runtime = existsSync(`/run/isola/${tag}`) ? [`/run/isola/${tag}`] : [];
    return [...groups, ...links.map((name) => `link ${name}`), ...mounts, ...loops, ...tables, ...runtime, ...this.#processes(tag)];
  }

  /** The same once what is on its way out is gone. */
  async tracesThatStay(): Promise<readonly string[]> {
    const end = performance.now() + 60_000;
    for (;;) {
      const traces = await this.traces();
      if (traces.length === 0 || performance.now() > end) return traces;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** The store's four hex digits; undefined before anything was made in it. */
  async tag(): Promise<string | undefined> {
    if (!existsSync(`${this.store}/isola.db`)) return undefined;
    const { DatabaseSync } = await import('node:sqlite');
    const db = new DatabaseSync(`${this.store}/isola.db`);
    try {
      const row = db.prepare(`select value from meta where key = 'tag'`).get();
      return row === undefined ? undefined : String(row['value']);
    } finally {
      db.close();
    }
  }

  #processes(tag: string): readonly string[] {
    return readdirSync('/proc').flatMap((pid) => {
      if (!/^\d+$/.test(pid)) return [];
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        const mine = line.includes(`/run/isola/${tag}`) || (line.includes(this.store) && !line.includes('--test'));
        return mine && Number(pid) !== process.pid ? [`process ${pid}: ${line.slice(0, 120)}`] : [];
      } catch {
        return [];
      }
    });
  }

  /** Removes all environments and the store; fails if anything stays. */
  async leave(): Promise<void> {
    await this.isola('delete', '--force', '--all');
    await this.isola('doctor', '--repair');
    const traces = await this.tracesThatStay();
    const still = readFileSync('/proc/self/mounts', 'utf8').includes(this.store);
    if (!still) rmSync(this.store, { recursive: true, force: true });
    assert.deepEqual(traces, [], 'something of the store stayed on the host');
  }
}

/** A stage for this test file, struck when the file is done. */
export const stage = (): Stage => {
  const made = new Stage();
  after(() => made.leave());
  return made;
};

/** Why tests of a technique can't run here; undefined if they can. */
export const whyNot = async (technique: string): Promise<string | undefined> => {
  if (process.getuid?.() !== 0) return `${technique} needs root`;
  const store = mkdtempSync(join(tmpdir(), 'isola-probe-'));
  try {
    using supervisor = await open({ store });
    const call = { signal: new AbortController().signal, progress: () => {}, say: () => {} };
    const { techniques } = await supervisor.submit('doctor', { repair: false }, call);
    const verdict = techniques.find(({ name }) => name === technique);
    return verdict?.works ? undefined : `${technique} does not work here: ${verdict?.detail}`;
  } finally {
    rmSync(store, { recursive: true, force: true });
  }
};
