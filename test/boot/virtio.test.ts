/** Virtio devices under Linux' own drivers: disks, entropy, lines of bytes, and a network that leads to the host by passt. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { kernelFile } from '../oracle/kernel.ts';
import { patienceMs } from '../stage/patience.ts';
import { virtioModules } from './modules.ts';
import { wayToHost, whyNoPasst } from './passt.ts';
import { shellArchive, whyNoBusybox } from './shell.ts';
import { booted, Talk } from './stage.ts';

const skip = whyNoBusybox() || whyNoPasst();

suite('virtio under Linux', { skip, timeout: patienceMs }, () => {
  const place = mkdtempSync(join(tmpdir(), 'isola-virtio-'));
  after(() => rmSync(place, { recursive: true }));
  const file = (name: string, content: Uint8Array): string => {
    writeFileSync(join(place, name), content);
    return join(place, name);
  };

  test('a disk is read and written, entropy is there, and a server on the host answers what is asked by the network', async (t) => {
    const page = Buffer.alloc(100_000, 'a page of the host; ');
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end(page);
    });
    t.after(() => void server.close());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const { socket, process: way } = await wayToHost(t, place);

    const initrd = file('initrd.gz', shellArchive(undefined, virtioModules()));
    const disk = file('disk.img', Buffer.alloc(2 ** 20, 'a disk of isola; '));
    const kernel = ['--kernel', kernelFile(), '--initrd', initrd, '--append', 'console=ttyS0 quiet cryptomgr.notests'];
    const devices = [
      '--virtio',
      disk,
      '--entropy',
      '--channel',
      `isola.test=unix:${join(place, 'channel')},server,wait=off`,
      '--network',
      `unix:${socket},mac=02:00:00:00:00:17`,
    ];
    const computer = await booted(t, ...kernel, ...devices);
    const talk = new Talk(computer);
    await talk.until(/up[\s\S]*# $/);
    await talk.say(
      `for m in ${virtioModules()
        .map(({ name }) => name)
        .join(' ')}; do insmod /$m; done; cat /sys/block/vda/serial`,
    );
    await talk.until(/isola-virtio-0/);
    await talk.say(
      'head -c 16 /dev/vda; dd if=/dev/urandom of=/dev/vda bs=64k seek=4 count=8 conv=fsync 2>/dev/null; sha256sum < /dev/vda',
    );
    const [, sum] = /a disk of isola;[\s\S]*?([\da-f]{64})/.exec(await talk.until(/[\da-f]{64}/)) ?? [];
    assert.equal(createHash('sha256').update(readFileSync(disk)).digest('hex'), sum);
    await talk.say('cat /sys/class/misc/hw_random/rng_current; head -c 64 /dev/hwrng | wc -c');
    await talk.until(/virtio_rng\.0\r\n64\r\n/);
    const other = connect(join(place, 'channel'));
    t.after(() => void other.destroy());
    await talk.say('cat /sys/class/virtio-ports/*/name; read line < /dev/vport3p0; echo "it was told $line" > /dev/vport3p0');
    other.write('something\n');
    const [answer] = (await once(other, 'data')) as [Buffer];
    assert.equal(answer.toString(), 'it was told something\n');
    await talk.until(/isola\.test/);
    await talk.say('cat /sys/class/net/eth0/address; ip addr add 10.0.2.15/24 dev eth0; ip link set eth0 up');
    await talk.until(/02:00:00:00:00:17/);
    await talk.say(`wget -q -O /page http://10.0.2.2:${port}/asked; sha256sum /page; cat /sys/class/net/eth0/carrier`);
    await talk.until(new RegExp(`${createHash('sha256').update(page).digest('hex')}[\\s\\S]*?\\n1\\r`));
    assert.equal(asked.at(-1), '/asked');
    await talk.say('poweroff -f');
    assert.deepEqual(await computer.end, { code: 0, telling: undefined }, talk.text);
    // Its cable is pulled out of passt, which then ends.
    if (way.exitCode === null) await once(way, 'exit');
    assert.equal(way.exitCode, 0);
  });
});
