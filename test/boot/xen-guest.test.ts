/** Debian's kernel for clouds as a guest of Xen's: its root on a disk of Xen's, its console Xen's, and a network that leads to the host by passt. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { kernelFile } from '../oracle/kernel.ts';
import { patienceMs } from '../stage/patience.ts';
import { pageOfHost, wayToHost, whyNoPasst } from './passt.ts';
import { whyNoBusybox } from './shell.ts';
import { booted, Talk } from './stage.ts';
import { makeXenRoot, xenArchive } from './xen-root.ts';

const skip = whyNoBusybox() || whyNoPasst();
suite('Debian’s kernel under Xen', { skip, timeout: patienceMs }, () => {
  const place = mkdtempSync(join(tmpdir(), 'isola-xen-'));
  after(() => rmSync(place, { recursive: true }));

  test('knows it, has its root and its console of it, talks through it to the host, and powers off as it asks', async (t) => {
    const { port, sum } = await pageOfHost(t);
    const { socket } = await wayToHost(t, place);
    const [initrd, disk] = [join(place, 'initrd.gz'), join(place, 'root.img')];
    writeFileSync(initrd, xenArchive());
    makeXenRoot(place, disk);

    const kernel = ['--kernel', kernelFile(), '--initrd', initrd, '--append', 'console=hvc0 quiet cryptomgr.notests'];
    const computer = await booted(t, ...kernel, '--monitor', 'xen', '--network', `unix:${socket},mac=02:00:00:00:00:17`, disk);
    const talk = new Talk(computer);
    await talk.until(/\/dev\/xvda \/ ext4[\s\S]*# $/);
    await talk.say('dmesg | grep -c "Hypervisor detected: Xen HVM"; dmesg | grep -o "Using FIFO-based ABI"; ls /sys/block');
    await talk.until(/\n1\r\nUsing FIFO-based ABI\r\nxvda\r\n/);
    await talk.say('cat /sys/class/net/eth0/address; ip addr add 10.0.2.15/24 dev eth0; ip link set eth0 up');
    await talk.until(/02:00:00:00:00:17/);
    await talk.say(`wget -q -O /page http://10.0.2.2:${port}/; sync; echo 3 > /proc/sys/vm/drop_caches; sha256sum /page`);
    await talk.until(new RegExp(sum));
    assert.deepEqual(computer.order('ask poweroff'), ['done']);
    assert.deepEqual(await computer.end, { code: 0, telling: undefined }, talk.text);
    execFileSync('/sbin/e2fsck', ['-fn', disk], { stdio: 'pipe' });
  });
});
