/** Programs that run as they are under a kernel that is emulated: what they do is what the host's own do, and what they find is the computer. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { canExecuteDirectly } from '../../src/host/native/check.ts';
import { kernelFile } from '../oracle/kernel.ts';
import { shellArchive, whyNoBusybox } from './shell.ts';
import { booted, Talk } from './stage.ts';

const verdict = canExecuteDirectly();
const hasCompiler = spawnSync('gcc', ['--version']).status === 0;
const skip = verdict.ok ? (hasCompiler ? whyNoBusybox() : 'gcc builds what runs inside') : verdict.missing;

const childrenOf = (pid: number): readonly number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);

suite('programs as they are', { skip, timeout: 300_000 }, () => {
  const place = mkdtempSync(join(tmpdir(), 'isola-direct-'));
  after(() => rmSync(place, { recursive: true }));
  const program = join(place, 'direct');

  test('faults, signals, code of their own, numbers, threads, processes and timers are as on the host', async (t) => {
    execFileSync('gcc', [
      '-O1',
      '-static',
      '-pthread',
      '-Wall',
      '-Wextra',
      '-Werror',
      '-o',
      program,
      join(import.meta.dirname, 'direct.c'),
      '-lm',
    ]);
    const initrd = join(place, 'initrd.gz');
    writeFileSync(initrd, shellArchive(undefined, [{ name: 'direct', mode: 0o100755, data: readFileSync(program) }]));
    const words = ['--kernel', kernelFile(), '--initrd', initrd, '--append', 'console=ttyS0 quiet', '--processor', 'direct'];
    const computer = await booted(t, ...words);
    const talk = new Talk(computer);
    await talk.until(/up[\s\S]*# $/);
    talk.say('stty -echo; echo ready');
    await talk.until(/ready\s+[\s\S]*# $/);
    const from = talk.text.length;
    talk.say('/direct; /direct inside; echo "all done"');
    await talk.until(/all done/);
    const [own = '', inside = ''] = talk.text
      .slice(from)
      .replaceAll('\r', '')
      .split(/^(?=processor: )/m);
    assert.equal(own.trim(), execFileSync(program, { encoding: 'utf8' }).trim());
    const told = /^processor: (.*)\navx512: (.*)\ncall 335: (.*)$/m.exec(inside)?.slice(1);
    assert.deepEqual(told, ['GenuineIntel', '0', '-1, Function not implemented']);
    assert.ok(
      childrenOf(process.pid).some((keeper) => childrenOf(keeper).length > 0),
      'they ran in processes of their own',
    );
    talk.say('poweroff -f');
    assert.deepEqual(await computer.end, { code: 0, telling: undefined });
  });
});
