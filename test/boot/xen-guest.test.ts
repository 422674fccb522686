/** Debian's kernel for clouds as a guest of Xen's: its root on a disk of Xen's, its console Xen's, and a network that leads to the host by passt. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { kernelFile } from '../oracle/kernel.ts';
import { archiveOf, type Entry } from './archive.ts';
import { xenModules } from './modules.ts';
import { whyNoBusybox } from './shell.ts';
import { booted, Talk } from './stage.ts';

const [passt, busybox] = ['/usr/bin/passt', '/bin/busybox'];
const skip = whyNoBusybox() || (existsSync(passt) ? false : 'Debian’s package passt leads frames to the host');
const [executable, directory] = [0o100755, 0o040755];

/** Loads what finds Xen's disks, and goes on in the root file system of the first. */
const first = (modules: readonly Entry[]): string => `#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
for m in ${modules.map(({ name }) => name).join(' ')}; do /bin/busybox insmod /$m; done
until [ -b /dev/xvda ]; do /bin/busybox sleep 0.05; done
/bin/busybox mount -t ext4 /dev/xvda /root
exec /bin/busybox switch_root /root /init
`;
const second = `#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
grep ' / ' /proc/mounts; exec sh
`;

suite('Debian’s kernel under Xen', { skip, timeout: 300_000 }, () => {
  const place = mkdtempSync(join(tmpdir(), 'isola-xen-'));
  after(() => rmSync(place, { recursive: true }));
  // Where root starts it, passt becomes nobody.
  chmodSync(place, 0o777);

  test('knows it, has its root and its console of it, and talks through it to the host', async (t) => {
    const page = Buffer.alloc(300_000, 'a page of the host; ');
    const server = createServer((_, response) => void response.end(page));
    t.after(() => void server.close());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const socket = join(place, 'passt');
    const addresses = ['--ipv4-only', '--address', '10.0.2.15', '--netmask', '24', '--gateway', '10.0.2.2'];
    const way = spawn(passt, ['--quiet', '--foreground', '--one-off', '--socket', socket, ...addresses], { stdio: 'ignore' });
    t.after(() => void way.kill());
    const [initrd, disk] = [join(place, 'initrd.gz'), join(place, 'root.img')];
    writeFileSync(initrd, archive());
    makeRoot(place, disk);
    while (!existsSync(socket)) await sleep(10);

    const kernel = ['--kernel', kernelFile(), '--initrd', initrd, '--append', 'console=hvc0 quiet'];
    const computer = await booted(t, ...kernel, '--monitor', 'xen', '--network', `unix:${socket},mac=02:00:00:00:00:17`, disk);
    const talk = new Talk(computer);
    await talk.until(/\/dev\/xvda \/ ext4[\s\S]*# $/);
    await talk.say('dmesg | grep -c "Hypervisor detected: Xen HVM"; dmesg | grep -o "Using FIFO-based ABI"; ls /sys/block');
    await talk.until(/\n1\r\nUsing FIFO-based ABI\r\nxvda\r\n/);
    await talk.say('cat /sys/class/net/eth0/address; ip addr add 10.0.2.15/24 dev eth0; ip link set eth0 up');
    await talk.until(/02:00:00:00:00:17/);
    await talk.say(`wget -q -O /page http://10.0.2.2:${port}/; sync; echo 3 > /proc/sys/vm/drop_caches; sha256sum /page`);
    await talk.until(new RegExp(createHash('sha256').update(page).digest('hex')));
    await talk.say('mount -o remount,ro /; poweroff -f');
    assert.deepEqual(await computer.end, { code: 0, telling: undefined }, talk.text);
    execFileSync('/sbin/e2fsck', ['-fn', disk]);
  });
});

const archive = (): Uint8Array => {
  const modules = xenModules();
  return archiveOf([
    ...['bin', 'dev', 'root'].map((name) => ({ name, mode: directory })),
    { name: 'bin/busybox', mode: executable, data: readFileSync(busybox) },
    { name: 'init', mode: executable, data: new TextEncoder().encode(first(modules)) },
    { name: 'dev/console', mode: 0o020600, device: [5, 1] },
    ...modules,
  ]);
};

/** A file system of its own, in 16 MiB. */
const makeRoot = (place: string, disk: string): void => {
  const tree = join(place, 'tree');
  for (const name of ['bin', 'proc', 'sys', 'dev']) mkdirSync(join(tree, name), { recursive: true });
  cpSync(busybox, join(tree, 'bin', basename(busybox)));
  writeFileSync(join(tree, 'init'), second, { mode: 0o755 });
  execFileSync('/sbin/mke2fs', ['-q', '-t', 'ext4', '-d', tree, disk, '16M']);
};
