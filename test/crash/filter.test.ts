/** An isola killed while a system call filter is compiled for it: what the compiler made is removed by the next repair. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { DoctorReport } from '../../src/environment/command/index.ts';
import { commandLine, stage, whyNot } from '../stage/stage.ts';
import { leftovers } from './aftermath.ts';

const skip = (await whyNot('os-level')) ?? false;

describe('a compiler of filters', { skip }, () => {
  const playground = stage();
  let runtime: string;
  before(async () => {
    await playground.ok('run', '--network', 'none', 'busybox', '--', 'true');
    runtime = `/run/isola/${await playground.tag()}`;
  });

  const compilations = (): readonly string[] => {
    try {
      return readdirSync(runtime).filter((name) => name.startsWith('filter.'));
    } catch {
      return [];
    }
  };

  /** Returns whether it was killed while it compiled. */
  const killCompiling = async (): Promise<boolean> => {
    rmSync(`${playground.store}/filters`, { recursive: true });
    const [node, ...flags] = commandLine;
    const args = [...flags, '--store', playground.store, 'run', '--network', 'none', 'busybox', '--', 'true'];
    const child = spawn(node, args, { stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    while (child.exitCode === null && compilations().length === 0) await pause(1);
    child.kill('SIGKILL');
    await ended;
    return compilations().length > 0;
  };

  test('is undone', async () => {
    for (let tries = 0; !(await killCompiling()); tries++) {
      assert.ok(tries < 20, 'it is never met');
      await playground.ok('doctor', '--repair');
      await playground.ok('run', '--network', 'none', 'busybox', '--', 'true');
    }
    const { leftovers: told } = await playground.data<DoctorReport>('doctor', '--repair');
    assert.ok(
      told.some((what) => /^half written file .*\/filter\.\d+\.new$/.test(what)),
      told.join('; '),
    );
    assert.deepEqual(await leftovers(playground), []);
    await playground.ok('run', '--network', 'none', 'busybox', '--', 'true');
    assert.deepEqual(await leftovers(playground), []);
  });
});
