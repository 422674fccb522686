/** Debian's kernel for clouds with two processors of a microvm, which have KVM's clock each, and all else that KVM has for guests, and go on with it where they were saved; and the same run had again. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { compile } from '../../bench/measure/compile.ts';
import { kernelFile } from '../oracle/kernel.ts';
import { shellArchive, whyNoBusybox } from './shell.ts';
import { booted, Talk } from './stage.ts';

const everything = 'kvm,usual,steal,unhalt,flush,ipi,poll,yield';

suite('two processors of a microvm', { skip: whyNoBusybox(), timeout: 200_000 }, () => {
  const place = mkdtempSync(join(tmpdir(), 'isola-kvm-'));
  after(() => rmSync(place, { recursive: true }));

  test('have KVM’s clock each, and the same time, also where they were saved', async (t) => {
    const [initrd, saved] = [join(place, 'initrd.gz'), join(place, 'saved')];
    writeFileSync(initrd, shellArchive(undefined, [{ name: 'turns', mode: 0o100755, data: readFileSync(await compile('turns')) }]));
    // Without that word its driver for polling wants to be told that processors are always there (KVM_HINTS_REALTIME).
    const append = 'console=ttyS0 quiet clocksource=kvm-clock cpuidle_haltpoll.force=1';
    const kernel = ['--board', 'microvm', '--cpus', '2', '--kernel', kernelFile(), '--initrd', initrd, '--append', append];
    const computer = await booted(t, ...kernel, '--monitor', everything);
    const talk = new Talk(computer);
    await talk.until(/up[\s\S]*# $/);
    await talk.say('stty -echo; echo quiet');
    await talk.until(/quiet\s+[\s\S]*# $/);
    /** When it is, asked of one processor and of the other in turn. */
    const times = async (whom: Talk): Promise<readonly number[]> => {
      const said = await whom.answer('for i in 0 1 0 1 0 1; do taskset -c $i cut -d" " -f1 /proc/uptime; done');
      return said.split('\n').map(Number);
    };
    const inOrder = (all: readonly number[]): void =>
      assert.deepEqual(
        all,
        all.toSorted((a, b) => a - b),
      );
    assert.match(await talk.answer('dmesg | grep -c "Hypervisor detected: KVM"; nproc'), /^1\n2$/);
    const log = await talk.answer('dmesg -s 99999 | grep -i "kvm\\|poll control"; cat /sys/devices/system/cpu/cpuidle/current_driver');
    for (const line of ['KVM setup pv remote TLB flush', 'setup PV sched yield', 'PV spinlocks enabled', 'setup PV IPIs', '\\nhaltpoll$'])
      assert.match(log, new RegExp(line));
    assert.doesNotMatch(log, /poll control/);
    /** Hundredths of a second that were stolen from each processor. */
    const stolen = async (whom: Talk): Promise<readonly number[]> => {
      const said = await whom.answer('grep "cpu[01]" /proc/stat | cut -d" " -f9');
      return said.split('\n').map(Number);
    };
    // Each waits for the other's turns half of the time.
    const had = await stolen(talk);
    await talk.answer('for i in 0 1; do timeout 4 taskset -c $i sh -c "while :; do :; done" & done; wait');
    const has = await stolen(talk);
    for (const [index, some = 0] of has.entries()) assert.ok(some - (had[index] ?? 0) > 100, `${had}, then ${has}`);
    /** Nothing is sent to who waits for his turn: only to who halts, as before its thread begins and behind its end, for he isn't marked. Each of a hundred times would be without `flush`. */
    const fewFlushes = async (whom: Talk, work: 'unmap' | 'map'): Promise<void> => {
      const [, ...sent] = /^ *TLB: +(\d+) +(\d+) /.exec(await whom.answer(`/turns ${work} 100; grep TLB: /proc/interrupts`)) ?? [];
      assert.ok(sent.length === 2 && sent.every((times) => Number(times) < 10), `${work}: ${sent}`);
    };
    await fewFlushes(talk, 'unmap');
    const before = await times(talk);
    inOrder(before);
    assert.deepEqual(computer.order(`save ${saved}`), ['done']);
    computer.detach();
    await computer.end;
    const next = await booted(t, '--restore', saved);
    const other = new Talk(next);
    await other.say('');
    await other.until(/# $/);
    const behind = await times(other);
    inOrder([...before, ...behind]);
    for (const [index, some = 0] of (await stolen(other)).entries()) assert.ok(some >= (has[index] ?? 0));
    await fewFlushes(other, 'map');
    assert.ok((behind[0] ?? 0) < (before.at(-1) ?? 0) + 60, `${before}, then ${behind}`);
    await other.say('poweroff -f');
    assert.deepEqual(await next.end, { code: 0, telling: undefined });
  });

  test('have a recorded run again in which their kernel was told of its turns, and asked for others', async (t) => {
    const [initrd, run] = [join(place, 'again.gz'), join(place, 'run')];
    writeFileSync(initrd, shellArchive());
    const append = 'console=ttyS0 quiet cryptomgr.notests';
    const kernel = ['--board', 'microvm', '--cpus', '2', '--kernel', kernelFile(), '--initrd', initrd, '--append', append];
    const computer = await booted(t, ...kernel, '--monitor', everything, '--record', run);
    const talk = new Talk(computer);
    await talk.until(/up[\s\S]*# $/, 120_000);
    await talk.say('grep "cpu[01]" /proc/stat; poweroff -f');
    await computer.end;
    assert.match(talk.text, /\ncpu0( \d+){7} [1-9]/);
    const again = await booted(t, ...kernel, '--monitor', everything, '--replay', run);
    assert.match((await again.end).telling ?? '', /^the replay was what was recorded, to its end/);
  });
});
