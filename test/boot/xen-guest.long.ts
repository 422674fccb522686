/** Debian's kernel as a guest of Xen's that is saved and restored, that suspends itself and goes on, and that begins anew as Xen asks. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, type TestContext, test } from 'node:test';
import { kernelFile } from '../oracle/kernel.ts';
import { pageOfHost, wayToHost, whyNoPasst } from './passt.ts';
import { whyNoBusybox } from './shell.ts';
import { booted, Talk } from './stage.ts';
import { makeXenRoot, xenArchive } from './xen-root.ts';

/** To the store, as bytes: WRITE, a number, no transaction, 24 bytes (xen/include/public/io/xs_wire.h). */
const suspend = String.raw`printf '\013\0\0\0\001\0\0\0\0\0\0\0\030\0\0\0control/shutdown\0suspend' > /dev/xen/xenbus`;

suite('Debian’s kernel under Xen', { skip: whyNoBusybox(), timeout: 300_000 }, () => {
  const place = mkdtempSync(join(tmpdir(), 'isola-xen-'));
  after(() => rmSync(place, { recursive: true }));
  const [initrd, disk, snapshot] = ['initrd.gz', 'root.img', 'snapshot'].map((name) => join(place, name)) as [string, string, string];

  const goesOn = async (t: TestContext, kind: string, ...more: readonly string[]): Promise<void> => {
    writeFileSync(initrd, xenArchive());
    makeXenRoot(place, disk);
    const kernel = ['--kernel', kernelFile(), '--initrd', initrd, '--append', 'console=hvc0 quiet'];
    const first = await booted(t, ...kernel, '--monitor', 'xen', ...more, disk);
    const before = new Talk(first);
    await before.until(/\/dev\/xvda \/ ext4[\s\S]*# $/);
    await before.say('cat /sys/hypervisor/guest_type');
    await before.until(new RegExp(`\n${kind}\r\n`));
    await before.say('word=kept; echo on the disk > /said; sync; echo ready');
    await before.until(/\nready\r\n/);
    assert.deepEqual(first.order(`save ${snapshot}`), ['done']);
    first.detach();
    await first.end;

    const computer = await booted(t, '--restore', snapshot, ...more, disk);
    const talk = new Talk(computer);
    await talk.say('echo $word; echo 3 > /proc/sys/vm/drop_caches; cat /said');
    await talk.until(/\nkept\r\non the disk\r\n/);
    await talk.say(`${suspend}; sleep 1; echo so it is`);
    await talk.until(/\nso it is\r\n/);
    assert.deepEqual(computer.order('ask suspend'), ['done']);
    await talk.say(
      "sleep 1; dmesg | grep -c 'suspending xenstore'; echo more >> /said; sync; echo 3 > /proc/sys/vm/drop_caches; cat /said",
    );
    await talk.until(/\n2\r\non the disk\r\nmore\r\n/);
    assert.deepEqual(computer.order('ask poweroff'), ['done']);
    assert.deepEqual(await computer.end, { code: 0, telling: undefined }, talk.text);
  };

  test('goes on where it was saved, its disk and its console with it; and connects anew where it suspends itself', (t) => goesOn(t, 'HVM'));

  test('does so, too, where it was begun by PVH, on a board without a PC’s past', (t) => goesOn(t, 'PVH', '--board', 'microvm'));

  test('hears of events by an interrupt of PCI where it is told to have no vector for them', async (t) => {
    writeFileSync(initrd, xenArchive());
    makeXenRoot(place, disk);
    const kernel = ['--kernel', kernelFile(), '--initrd', initrd, '--append', 'console=hvc0 quiet xen_no_vector_callback'];
    const talk = new Talk(await booted(t, ...kernel, '--monitor', 'xen', disk));
    await talk.until(/\/dev\/xvda \/ ext4[\s\S]*# $/);
    await talk.say('grep -E "xen-platform-pci|HYP" /proc/interrupts; echo so it is');
    assert.match(await talk.until(/\nso it is\r\n/), /\n 11: +[1-9]\d+ .* xen-platform-pci\r\nso it is/);
  });

  test('talks to the host by Xen’s network where it was begun by PVH, and begins anew as it is asked', {
    skip: whyNoPasst(),
  }, async (t) => {
    const { port, sum } = await pageOfHost(t);
    const { socket } = await wayToHost(t, place);
    writeFileSync(initrd, xenArchive());
    makeXenRoot(place, disk);
    const kernel = ['--kernel', kernelFile(), '--initrd', initrd, '--append', 'console=hvc0 quiet cryptomgr.notests'];
    const board = ['--board', 'microvm', '--monitor', 'xen', '--network', `unix:${socket},mac=02:00:00:00:00:17`];
    const computer = await booted(t, ...kernel, ...board, disk);
    const talk = new Talk(computer);
    await talk.until(/\/dev\/xvda \/ ext4[\s\S]*# $/);
    for (const which of ['first', 'second']) {
      await talk.say('cat /sys/class/net/eth0/address; ip addr add 10.0.2.15/24 dev eth0; ip link set eth0 up');
      await talk.until(/02:00:00:00:00:17\r\n/);
      await talk.say(`wget -q -O /page http://10.0.2.2:${port}/; sha256sum /page; cat /said; echo ${which} >> /said; echo ready`);
      await talk.until(new RegExp(`${sum}[\\s\\S]*${which === 'second' ? 'first\r\n' : ''}ready\r\n`));
      if (which === 'second') break;
      assert.deepEqual(computer.order('ask reboot'), ['done']);
      await talk.until(/\/dev\/xvda \/ ext4[\s\S]*# $/);
    }
    assert.deepEqual(computer.order('ask poweroff'), ['done']);
    assert.deepEqual(await computer.end, { code: 0, telling: undefined }, talk.text);
  });
});
