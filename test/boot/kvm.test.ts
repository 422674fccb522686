/** Debian's kernel for clouds on a microvm, where it finds KVM: what it says of both, what comes and goes, and how its clock goes on in a computer that was saved. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { kernelFile } from '../oracle/kernel.ts';
import { patienceMs } from '../stage/patience.ts';
import { shellArchive, whyNoBusybox } from './shell.ts';
import { booted, Talk } from './stage.ts';

suite('a microvm', { skip: whyNoBusybox(), timeout: patienceMs }, () => {
  const place = mkdtempSync(join(tmpdir(), 'isola-monitor-'));
  after(() => rmSync(place, { recursive: true }));

  test('has nothing of a PC’s, and KVM, whose clock goes on where it was saved', async (t) => {
    const [initrd, saved, disk] = [join(place, 'initrd.gz'), join(place, 'saved'), join(place, 'disk')];
    writeFileSync(disk, new Uint8Array(1 << 20));
    writeFileSync(initrd, shellArchive());
    const kernel = [
      '--kernel',
      kernelFile(),
      '--initrd',
      initrd,
      '--append',
      'console=ttyS0 quiet cryptomgr.notests clocksource=kvm-clock',
      '--board',
      'microvm',
    ];
    const began = Date.now() / 1000;
    const computer = await booted(t, ...kernel, '--control', join(place, 'control'));
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
    const spoke = Date.now() / 1000;
    talk.say('stty -echo; echo quiet');
    await talk.until(/quiet\s+[\s\S]*# $/);
    const log = await asked('dmesg -s 65536 | grep -i kvm');
    for (const line of ['Hypervisor detected: KVM', 'kvm-clock: Using msrs', 'Booting paravirtualized kernel on KVM'])
      assert.match(log, new RegExp(line));
    assert.match(await asked('cat /sys/devices/system/clocksource/clocksource0/current_clocksource'), /kvm-clock/);
    const there = await asked('cd /sys; ls bus/pci/devices class/rtc class/input bus/platform/devices; cat /proc/interrupts');
    assert.match(there, /0000:00:00\.0/);
    for (const old of [/0000:00:01/, /rtc0/, /input\d/, /i8042/, /timer$/m, /XT-PIC/]) assert.doesNotMatch(there, old);
    // What is plugged in is told by an event.
    assert.deepEqual(computer.order(`plug ${disk}`), ['0', 'done']);
    await asked('while [ ! -b /dev/nvme0n1 ]; do sleep 0.1; done');
    assert.match(await asked('grep ACPI:Ged /proc/interrupts'), / 1 +IO-APIC/);
    assert.deepEqual(computer.order('unplug 0'), ['done']);
    while (computer.order('disks').length > 1) await setTimeout(20);
    // Before it has a clock its kernel counts ticks, of which it misses some, and a busy host's guest is late: both of its clocks are.
    const [day, since] = await times();
    const start = day - since;
    assert.ok(start > began - 2 && start < spoke, `${day} after ${since} s, begun at ${began}, spoke at ${spoke}`);
    assert.ok(day <= Date.now() / 1000, `${day} is yet to come`);
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
