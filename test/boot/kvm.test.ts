/** Debian's kernel for clouds finds KVM: what it says of that, and how its clock goes on in a computer that was saved. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { kernelFile } from '../oracle/kernel.ts';
import { shellArchive, whyNoBusybox } from './shell.ts';
import { booted, Talk } from './stage.ts';

suite('KVM’s ABI', { skip: whyNoBusybox(), timeout: 200_000 }, () => {
  const place = mkdtempSync(join(tmpdir(), 'isola-monitor-'));
  after(() => rmSync(place, { recursive: true }));

  test('is found and used by Linux, whose clock goes on where it was saved', async (t) => {
    const [initrd, saved] = [join(place, 'initrd.gz'), join(place, 'saved')];
    writeFileSync(initrd, shellArchive());
    const kernel = ['--kernel', kernelFile(), '--initrd', initrd, '--append', 'console=ttyS0 quiet clocksource=kvm-clock'];
    const computer = await booted(t, ...kernel, '--monitor', 'kvm', '--control', join(place, 'control'));
    const talk = new Talk(computer);
    const asked = async (words: string, whom = talk): Promise<string> => {
      whom.say(`${words}; echo "so it i"s`);
      return whom.until(/so it is\s/);
    };
    /** The time of day, and how long it is up. */
    const times = async (whom = talk): Promise<readonly [number, number]> => {
      const [, day, up] = /(\d+)\s+([\d.]+)\s+so it is/.exec(await asked('date +%s; cut -d" " -f1 /proc/uptime', whom)) ?? [];
      return [Number(day), Number(up)];
    };
    await talk.until(/up[\s\S]*# $/);
    talk.say('stty -echo; echo quiet');
    await talk.until(/quiet\s+[\s\S]*# $/);
    const log = await asked('dmesg -s 65536 | grep -i kvm');
    for (const line of ['Hypervisor detected: KVM', 'kvm-clock: Using msrs', 'Booting paravirtualized kernel on KVM'])
      assert.match(log, new RegExp(line));
    assert.match(await asked('cat /sys/devices/system/clocksource/clocksource0/current_clocksource'), /kvm-clock/);
    const here = Date.now() / 1000;
    const [day, since] = await times();
    assert.ok(Math.abs(day - here) < 30, `${day} instead of ${here}`);
    assert.deepEqual(computer.order(`save ${saved}`), ['done']);
    computer.detach();
    await computer.end;
    const next = await booted(t, ...kernel, '--restore', saved);
    const other = new Talk(next);
    other.say('');
    await other.until(/# /);
    const [later, then] = await times(other);
    assert.ok(then >= since && then < since + 60, `${since}, then ${then}`);
    assert.ok(Math.abs(later - day - (then - since)) <= 1, `${day} at ${since}, ${later} at ${then}`);
    other.say('poweroff -f');
    assert.deepEqual(await next.end, { code: 0, telling: undefined });
  });
});
