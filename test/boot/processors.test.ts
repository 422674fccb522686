/** Several processors: they take turns, and to their guest they are as many. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, type TestContext, test } from 'node:test';
import type { Booted } from '../../src/environment/index.ts';
import { kernelFile } from '../oracle/kernel.ts';
import { patienceMs } from '../stage/patience.ts';
import { assembled } from './assembled.ts';
import { shellArchive, whyNoBusybox } from './shell.ts';
import { booted, Talk } from './stage.ts';

suite('several processors', { timeout: patienceMs }, () => {
  const place = mkdtempSync(join(tmpdir(), 'isola-processors-'));
  after(() => rmSync(place, { recursive: true }));
  const file = (name: string, content: Uint8Array): string => {
    writeFileSync(join(place, name), content);
    return join(place, name);
  };
  const program = file('program', assembled('processors.s'));
  const begun = (t: TestContext, ...words: readonly string[]): Promise<Booted> =>
    booted(
      t,
      ...['--kernel', program, '--load-address', '0x7c00', '--entry', '0:0x7c00', '--memory', '16M', '--display', 'none'],
      ...words,
    );
  /** Lets it go on once it asks, and returns what it tells at its end. */
  const told = async (computer: Booted, talk: Talk): Promise<string> => {
    await talk.until(/\?$/);
    await talk.say('x');
    assert.equal((await computer.end).code, 1);
    return talk.text;
  };

  for (const processors of [1, 8]) {
    test(`${processors} add what as many do, each in its turns`, async (t) => {
      const computer = await begun(t, '--cpus', `${processors}`);
      const sum = (2 * 5000 * processors).toString(16).padStart(8, '0');
      assert.match(await told(computer, new Talk(computer)), new RegExp(`^\\?x0000000${processors} ${sum} ${sum}( [0-9a-f]{8}){2} $`));
    });
  }

  test('have a recorded run again, turn by turn', async (t) => {
    const run = join(place, 'run.isola');
    const more = ['--cpus', '3', '--monitor', 'kvm,steal,flush,yield,ipi,unhalt'];
    const computer = await begun(t, ...more, '--record', run);
    const text = await told(computer, new Talk(computer));
    for (const jit of ['on', 'off']) {
      const again = await begun(t, ...more, '--jit', jit, '--replay', run);
      const talk = new Talk(again);
      assert.match((await again.end).telling ?? '', /^the replay was what was recorded, to its end/);
      assert.equal(talk.text, text);
    }
  });

  test('wait by PAUSE for each other, not for the ends of their turns', async (t) => {
    const computer = await begun(t, '--cpus', '2', '--record', join(place, 'ball.isola'));
    const text = await told(computer, new Talk(computer));
    const ticks = Number.parseInt(text.trimEnd().split(' ').at(-1) ?? '', 16);
    // A thousand times to and fro, some five instructions of either; a turn is 100,000.
    assert.ok(ticks > 5000 && ticks < 30_000, `${ticks} instructions`);
  });

  test('go on from a snapshot, each where it was', async (t) => {
    const saved = join(place, 'saved.isola');
    // Each has KVM, too, and tells of its turns.
    const computer = await begun(t, '--cpus', '3', '--monitor', 'kvm,usual,steal,unhalt,poll', '--control', join(place, 'control'));
    await new Talk(computer).until(/\?$/);
    assert.deepEqual(computer.order(`save ${saved}`), ['done']);
    const again = await booted(t, '--restore', saved, '--processor', 'emulated', '--display', 'none');
    const talk = new Talk(again);
    await talk.say('y');
    assert.equal((await again.end).code, 1);
    assert.match(talk.text, /^y00000003 00007530 00007530 /);
    await assert.rejects(booted(t, '--restore', saved, '--cpus', '2', '--display', 'none'), /processor/);
  });

  test('are Linux’s, which has each do something', { skip: whyNoBusybox() }, async (t) => {
    const initrd = file('initrd.gz', shellArchive());
    const computer = await booted(
      t,
      '--cpus',
      '2',
      '--kernel',
      kernelFile(),
      '--initrd',
      initrd,
      '--append',
      'console=ttyS0 quiet cryptomgr.notests',
    );
    const talk = new Talk(computer);
    await talk.until(/Linux x86_64 up[\s\S]*# $/);
    await talk.say(
      'for i in 0 1; do taskset -c $i cut -d" " -f39 /proc/self/stat; done; echo $(nproc) in all; dmesg | grep -ic unstable\n',
    );
    await talk.until(/2 in all[\s\S]*# $/);
    await talk.say('poweroff -f\n');
    assert.equal((await computer.end).code, 0);
    assert.match(talk.text, /\n0\r\n1\r\n2 in all\r\n0\r\n/);
  });
});
