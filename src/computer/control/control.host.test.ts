/** Orders at a computer's control socket, and what is no order. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { noMedia, Pc } from '../../board/index.ts';
import { MemoryDisk } from '../../devices/stage/memory-disk.ts';
import { createQcow2 } from '../../disk/index.ts';
import type { Disk } from '../../machine/index.ts';
import { engine } from '../engine/index.ts';
import { mediumIn } from '../media.ts';
import { HostFile } from '../medium/index.ts';
import { Orders, openControl } from './index.ts';

const place = mkdtempSync(join(tmpdir(), 'isola-control-'));
after(() => rmSync(place, { recursive: true }));
const file = (name: string, bytes: number): string => {
  writeFileSync(join(place, name), new Uint8Array(bytes));
  return join(place, name);
};

const stage = () => {
  let orders: Orders | undefined;
  const did: string[] = [];
  const gone = (disk: Disk): void => orders?.gone(disk);
  const media = { ...noMedia, floppies: [new MemoryDisk(1440 * 1024)] };
  const pc = new Pc({ engine: engine(), memoryBytes: 4 * 1024 ** 2, startSeconds: 0, lines: [], gone, media });
  pc.drives.removable.get('a')?.eject();
  orders = new Orders({
    ...{ slots: pc.drives.nvme, removable: pc.drives.removable, given: new Map(), open: mediumIn },
    ...{ press: () => void did.push('press'), off: () => void did.push('off'), save: (path) => void did.push(`save ${path}`) },
    ask: (what) => did.push(`ask ${what}`) > 0 && what !== 'suspend',
    processors: { present: 'emulated', take: (wanted) => (wanted === 'kvm' ? 'there is no /dev/kvm' : void did.push(wanted)) },
  });
  return { pc, orders, did };
};

test('a disk is plugged in once, and free again when it is out', () => {
  const { pc, orders } = stage();
  const disk = file('a disk', 4096);
  assert.deepEqual(orders.answer(`plug ${disk}`), ['0', 'done']);
  assert.match(orders.answer(`plug ${disk}`).join(), /^refused: .* another computer has it/);
  assert.deepEqual(orders.answer('unplug 0'), ['done']);
  assert.deepEqual(orders.answer('disks'), [`0 ${disk} (is to go)`, 'done']);
  assert.deepEqual(orders.answer('unplug 0'), ['it was asked before, and hasn’t let go; a reset plugs it out', 'done']);
  pc.reset('bus');
  assert.deepEqual(orders.answer('disks'), ['done']);
  assert.deepEqual(orders.answer(`plug ${disk}`), ['0', 'done']);
  orders[Symbol.dispose]();
  const other = mediumIn(disk, 'disk');
  other[Symbol.dispose]();
});

test('an image that hasn’t all that was written to it is told, whenever it was closed', {
  skip: process.getuid?.() === 0 ? false : 'only root mounts a small disk',
}, () => {
  const small = join(place, 'small');
  mkdirSync(small);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2M', 'isola-test', small]);
  try {
    const { pc, orders } = stage();
    const [kept, lost, left] = [join(place, 'kept.qcow2'), join(small, 'lost.qcow2'), join(small, 'left.qcow2')];
    for (const path of [kept, lost, left]) {
      using image = new HostFile(openSync(path, 'wx+'));
      createQcow2(image, { sizeBytes: 2 ** 20 });
    }
    for (const path of [kept, lost, left]) assert.equal(orders.answer(`plug ${path}`).at(-1), 'done');
    for (const { disk } of pc.drives.nvme.disks.values()) assert.ok(disk.write(0, new Uint8Array(65_536).fill(1)));
    assert.throws(() => writeFileSync(join(small, 'all else'), new Uint8Array(2 ** 21)), /ENOSPC/);
    orders.answer('unplug 1');
    pc.reset('bus');
    assert.deepEqual(orders.answer('disks'), [`0 ${kept}`, `2 ${left}`, 'done']);
    assert.deepEqual(orders.close(), [lost, left]);
  } finally {
    execFileSync('umount', ['--lazy', small]);
  }
});

test('more disks than slots are refused, and their files free', () => {
  const { orders } = stage();
  for (let number = 0; number < 24; number++) assert.deepEqual(orders.answer(`plug ${file(`${number}`, 512)}`), [`${number}`, 'done']);
  assert.deepEqual(orders.answer(`plug ${file('more', 512)}`), ['refused: all slots are taken']);
  const other = mediumIn(join(place, 'more'), 'disk');
  other[Symbol.dispose]();
  orders[Symbol.dispose]();
});

test('a medium is another one, and free when it is taken out, though the guest did so before', () => {
  const { pc, orders } = stage();
  const [first, second, cd] = [file('first', 1440 * 1024), file('second', 720 * 1024), file('a cd', 4096)];
  assert.deepEqual(orders.answer(`insert a ${first}`), ['done']);
  assert.match(orders.answer(`insert a ${first}`).join(), /^refused: .* another computer has it/);
  assert.match(orders.answer(`insert a ${join(place, 'none')}`).join(), /^refused: there is no /);
  assert.deepEqual(orders.answer(`insert cd ${cd}`), ['done']);
  assert.deepEqual(orders.answer('disks'), [`cd ${cd}`, `a ${first}`, 'done']);
  assert.deepEqual(orders.answer(`insert a ${second}`), ['done']);
  assert.equal(pc.drives.removable.get('a')?.disk?.sizeBytes, 720 * 1024);
  pc.drives.removable.get('a')?.eject();
  assert.deepEqual(orders.answer('disks'), [`cd ${cd}`, 'done']);
  assert.deepEqual([orders.answer('eject a'), orders.answer('eject cd'), orders.answer('disks')], [['done'], ['done'], ['done']]);
  for (const path of [first, second, cd]) mediumIn(path, 'disk')[Symbol.dispose]();
  assert.deepEqual(orders.answer('eject b'), ['refused: there is no drive "b"']);
  assert.deepEqual(orders.answer('insert cd'), ['refused: no medium is named']);
});

test('a guest of Xen’s is asked where it listens, and for what it may do', () => {
  const { orders, did } = stage();
  assert.deepEqual([orders.answer('ask poweroff'), did], [['done'], ['ask poweroff']]);
  assert.deepEqual(orders.answer('ask suspend'), ['refused: this computer’s guest doesn’t listen for what Xen asks it']);
  assert.deepEqual(orders.answer('ask sleep'), ['refused: no guest is asked for "sleep"']);
});

test('another processor takes over where it can, and it is told why it can’t', () => {
  const { orders, did } = stage();
  assert.deepEqual(orders.answer('processor'), ['emulated', 'done']);
  assert.deepEqual([orders.answer('processor direct'), did], [['done'], ['direct']]);
  assert.deepEqual(orders.answer('processor kvm'), ["refused: its processor can't become kvm: there is no /dev/kvm"]);
  assert.deepEqual(orders.answer('processor x'), ['refused: there is no processor "x"']);
});

test('the socket takes several orders of several people, in pieces, and refuses what is none', async () => {
  const { orders, did } = stage();
  const path = join(place, 'socket');
  let wakes = 0;
  const control = await openControl(path, orders, () => wakes++);
  const said = async (...pieces: readonly string[]): Promise<string> => {
    const socket = connect({ path });
    for (const piece of pieces) socket.write(piece);
    socket.end();
    let text = '';
    for await (const bytes of socket.setEncoding('utf8')) text += bytes;
    return text;
  };
  const idle = connect({ path });
  idle.on('error', () => {});
  assert.equal(
    await said('pow', 'er\n  off  \nunplug x\n\n'),
    'done\ndone\nrefused: there is no disk "x" on NVMe\nrefused: "" is no order\n',
  );
  assert.deepEqual([did, wakes > 0], [['press', 'off'], true]);
  assert.match(await said('help\n'), /plug FILE[\s\S]*done\n$/);
  assert.match(
    await said(`plug ${place}\nplug ${join(place, 'none')}\nplug\n`),
    /it is a directory\nrefused: .*none.*\nrefused: no disk is named\n$/,
  );
  assert.equal(await said('x'.repeat(5000)), 'refused: the line is too long\n');
  await assert.rejects(
    openControl(path, orders, () => {}),
    /somebody else listens there/,
  );
  await assert.rejects(
    openControl(join(place, 'no', 'where'), orders, () => {}),
    /it can't be listened at/,
  );
  control[Symbol.dispose]();
  assert.equal(existsSync(path), false);
});
