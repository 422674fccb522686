/** Environments that are there before a command is killed and must be there afterwards, each with a marker in its files. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import type { EnvironmentRow } from '../../src/environment/command/index.ts';
import type { Stage } from '../stage/stage.ts';

export type Survivor = 'plain' | 'layer' | 'disk' | 'idle';

/** One of each kind of root file system, and one that does not run. */
const makings: Readonly<Record<Survivor, readonly string[]>> = {
  plain: ['--hold'],
  layer: ['--hold', '--root', 'overlay', '--memory', '64M'],
  disk: ['--hold', '--disk', '16M', '--network', 'none'],
  idle: ['--hold'],
};

export const survivors = Object.keys(makings) as readonly Survivor[];

const marker = '/srv/marker';

export class World {
  readonly stage: Stage;
  readonly #ids = new Map<string, string>();

  constructor(stage: Stage) {
    this.stage = stage;
  }

  async make(): Promise<void> {
    for (const name of survivors) {
      await this.stage.ok('launch', 'busybox', name, ...(makings[name] ?? []));
      await this.stage.ok('exec', name, '--', 'sh', '-c', `echo ${name} > ${marker}; sync`);
      await this.stage.ok('snapshot', 'create', name, 'first');
    }
    for (const { name, id } of await this.rows()) this.#ids.set(name, id);
    await this.stage.ok('stop', '--force', 'idle');
  }

  rows(): Promise<readonly EnvironmentRow[]> {
    return this.stage.look('list', { names: [], phase: undefined, quiet: false });
  }

  /** Brings one into a phase, by isola's own means: after a repair nothing may be in the way. */
  async bring(name: string, phase: 'running' | 'stopped' | 'paused'): Promise<void> {
    const now = (await this.rows()).find((row) => row.name === name)?.phase;
    if (now === phase) return;
    if (now === 'paused') await this.stage.ok('resume', name);
    if (phase === 'stopped') await this.stage.ok('stop', '--force', name);
    else if (now === 'stopped') await this.stage.ok('start', name);
    if (phase === 'paused') await this.stage.ok('pause', name);
  }

  /** Every survivor is listed, under its own id, and its marker is in its files. */
  async check(): Promise<void> {
    const rows = await this.rows();
    for (const name of survivors) {
      const row = rows.find((one) => one.name === name);
      assert.equal(row?.id, this.#ids.get(name), `${name} is lost`);
      const path = await this.#pathOf(name, row?.pid ?? null);
      if (path !== undefined) assert.equal(existsSync(path) && readFileSync(path, 'utf8'), `${name}\n`, `the marker of ${name}`);
    }
  }

  /** The same, with each started: what lies in a file or below an overlay is seen only then. */
  async checkRunning(): Promise<void> {
    for (const name of survivors) {
      await this.bring(name, 'running');
      assert.equal(await this.stage.ok('exec', name, '--', 'cat', marker), `${name}\n`);
    }
  }

  async #pathOf(name: Survivor, pid: number | null): Promise<string | undefined> {
    if (pid !== null) return `/proc/${pid}/root${marker}`;
    const { root } = await this.stage.look('show', { name });
    return root.kind === 'directory' ? `${root.path}${marker}` : undefined;
  }
}
