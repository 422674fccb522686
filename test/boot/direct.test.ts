/** Programs that run as they are under a kernel that is emulated: what they do is what the host's own do, and what they find is the computer. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, suite, test } from 'node:test';
import { canExecuteDirectly } from '../../src/host/native/check.ts';
import { kernelFile } from '../oracle/kernel.ts';
import { patienceMs } from '../stage/patience.ts';
import { compiled } from './compiled.ts';
import { usedByPrograms } from './processes.ts';
import { shellArchive, whyNoBusybox } from './shell.ts';
import { booted, Talk } from './stage.ts';

const verdict = canExecuteDirectly();
const hasCompiler = spawnSync('gcc', ['--version']).status === 0;
const skip = verdict.ok ? (hasCompiler ? whyNoBusybox() : 'gcc builds what runs inside') : verdict.missing;

suite('programs as they are', { skip, timeout: patienceMs }, () => {
  const place = mkdtempSync(join(tmpdir(), 'isola-direct-'));
  after(() => rmSync(place, { recursive: true }));
  const [program, narrow] = [join(place, 'direct'), join(place, 'direct32')];

  test('faults, signals, code of their own, numbers, threads, processes and timers are as on the host', async (t) => {
    compiled('direct.c', 64, program);
    compiled('direct.c', 32, narrow);
    const initrd = join(place, 'initrd.gz');
    const files = [program, narrow].map((path) => ({ name: basename(path), mode: 0o100755, data: readFileSync(path) }));
    writeFileSync(initrd, shellArchive(undefined, files));
    const words = [
      '--kernel',
      kernelFile(),
      '--initrd',
      initrd,
      '--append',
      'console=ttyS0 quiet cryptomgr.notests',
      '--processor',
      'direct',
    ];
    const computer = await booted(t, ...words);
    const talk = new Talk(computer);
    await talk.until(/up[\s\S]*# $/);
    talk.say('stty -echo; echo ready');
    await talk.until(/ready\s+[\s\S]*# $/);
    for (const path of [program, narrow]) {
      const before = usedByPrograms();
      assert.equal(await talk.answer(`/${basename(path)}`), execFileSync(path, { encoding: 'utf8' }).trim());
      const used = usedByPrograms() - before;
      t.diagnostic(`${basename(path)} has used ${10 * used} ms of processes of its own`);
      assert.ok(used > 2, `${basename(path)} ran in processes of its own`);
    }
    const told = /^processor: (.*)\navx512: (.*)\ncall 335: (.*)$/m.exec(await talk.answer('/direct inside'))?.slice(1);
    assert.deepEqual(told, ['GenuineIntel', '0', '-1, Function not implemented']);
    talk.say('poweroff -f');
    assert.deepEqual(await computer.end, { code: 0, telling: undefined });
  });
});
