/** Debian's kernel for clouds with two processors of a microvm, which have KVM's clock each, and go on with it where they were saved. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { kernelFile } from '../oracle/kernel.ts';
import { shellArchive, whyNoBusybox } from './shell.ts';
import { booted, Talk } from './stage.ts';

suite('two processors of a microvm', { skip: whyNoBusybox(), timeout: 200_000 }, () => {
  const place = mkdtempSync(join(tmpdir(), 'isola-kvm-'));
  after(() => rmSync(place, { recursive: true }));

  test('have KVM’s clock each, and the same time, also where they were saved', async (t) => {
    const [initrd, saved] = [join(place, 'initrd.gz'), join(place, 'saved')];
    writeFileSync(initrd, shellArchive());
    const append = 'console=ttyS0 quiet clocksource=kvm-clock';
    const computer = await booted(t, '--board', 'microvm', '--cpus', '2', '--kernel', kernelFile(), '--initrd', initrd, '--append', append);
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
    assert.ok((behind[0] ?? 0) < (before.at(-1) ?? 0) + 60, `${before}, then ${behind}`);
    await other.say('poweroff -f');
    assert.deepEqual(await next.end, { code: 0, telling: undefined });
  });
});
