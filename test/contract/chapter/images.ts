import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Deed } from '../../../src/environment/command/index.ts';
import { lacking, sh } from '../../image/programs.ts';
import { provideDebian } from '../../os-level/debian.ts';
import { type Chapter, clauseOfImage } from '../clause.ts';
import type { Ground } from '../ground.ts';

/** Logs in at the console as far as the password. */
const knock = async (on: Ground, name: string): Promise<string> => {
  const box = await (await on.library()).get(name);
  await using console = await box.console({ size: { columns: 80, rows: 24 }, signal: AbortSignal.timeout(120_000) });
  await console.write('\r');
  let shown = '';
  for await (const chunk of console) {
    shown += Buffer.from(chunk).toString();
    if (/login: $/.test(shown) && !shown.includes('somebody')) await console.write('somebody\r');
    if (shown.includes('Password: ')) break;
  }
  return shown;
};

export const images: Chapter = {
  title: 'Images',
  clauses: [
    clauseOfImage('busybox', 'busybox boots its own init', ['launch', 'wait', 'exec'], async (on) => {
      await on.ok('launch', 'busybox', 'box');
      await on.ok('wait', 'box', '--for', 'ready', '--timeout', '2m');
      assert.match(await on.ok('exec', 'box', 'busybox'), /^BusyBox v/);
      assert.equal(await on.ok('exec', 'box', 'cat', '/proc/1/comm'), 'init\n');
    }),

    clauseOfImage(
      'debian/12',
      'a Debian 12 boots to running, takes keys at its console, and shuts down when asked',
      ['launch', 'exec', 'console', 'stop', 'wait'],
      async (on) => {
        await provideDebian(on.stage, 12);
        await on.ok('launch', '--wait', 'debian/12', 'sys');
        assert.equal(await on.ok('exec', 'sys', '--', 'systemctl', 'is-system-running'), 'running\n');
        const failed = await on.ok('exec', 'sys', '--', 'systemctl', '--failed', '--no-legend');
        assert.equal(
          failed,
          '',
          failed && `${failed}${await on.ok('exec', 'sys', '--', 'journalctl', '--boot', '--no-pager', '-n', '100')}`,
        );
        await on.ok('wait', 'sys', '--for', 'ready', '--timeout', '2m');
        assert.match(await knock(on, 'sys'), /sys login: [\s\S]*somebody\s+Password: /);
        // Two that ask at one terminal hang each other up, until systemd starts neither again.
        const asking = (await on.ok('exec', 'sys', '--', 'ps', '-C', 'agetty,login', '-o', 'tty=')).trim().split(/\s+/);
        assert.deepEqual(asking, [...new Set(asking)]);
        assert.equal((await on.data<Deed[]>('stop', '--grace', '3m', 'sys'))[0]?.did, 'stopped');
      },
    ),

    clauseOfImage('an OCI layout', 'an OCI image of another tool runs as its configuration says', ['run'], async (on) => {
      const missing = lacking('umoci');
      if (missing !== false) return missing;
      const here = mkdtempSync(join(tmpdir(), 'isola-oci-'));
      try {
        const layout = join(here, 'layout');
        mkdirSync(layout);
        await on.ok('image', 'export', '--form', 'oci-dir', 'busybox', layout);
        const command = ['--config.cmd=/bin/sh', '--config.cmd=-c', '--config.cmd=echo $GREETING from $PWD; id -u'];
        const others = ['--config.env=GREETING=hello', '--config.workingdir=/tmp', '--config.user=65534'];
        sh('umoci', 'config', '--image', `${layout}:busybox`, ...command, ...others);
        await on.ok('image', 'import', layout, 'changed');
        assert.equal(await on.ok('run', 'changed'), 'hello from /tmp\n65534\n');
      } finally {
        rmSync(here, { recursive: true, force: true });
      }
      return undefined;
    }),
  ],
};
