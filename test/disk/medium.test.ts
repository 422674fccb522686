/** Images as media of computers: opened by name, held, layered, and closed. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as after } from 'node:timers/promises';
import { kindOf, mediumIn, plainDiskIn } from '../../src/computer/media.ts';
import { Refusal } from '../../src/environment/index.ts';
import { contentOf, made, place } from './qemu.ts';

const at = place();
const path = (name: string): string => join(at, name);
const sector = (value: number): Uint8Array => new Uint8Array(512).fill(value);
const first = (medium: ReturnType<typeof mediumIn>): number => {
  const read = new Uint8Array(512);
  assert.ok(medium.read(0, read));
  return read[0] ?? 0;
};
const refused = (named: string, why: RegExp, isKept = false): void =>
  assert.throws(
    () => mediumIn(named, 'disk', isKept),
    (error) => error instanceof Refusal && why.test(error.message),
  );

writeFileSync(path('base.img'), new Uint8Array(2 ** 20).fill(9));

test('what a guest writes and never flushes is in the file after a second', async () => {
  made(path('quiet'), { sizeBytes: 2 ** 20 });
  using medium = mediumIn(path('quiet'), 'disk');
  assert.ok(medium.write(0, sector(5)));
  assert.equal(contentOf(path('quiet'))[0], 0);
  const end = performance.now() + 20_000;
  while (contentOf(path('quiet'))[0] !== 5 && performance.now() < end) await after(100);
  assert.equal(contentOf(path('quiet'))[0], 5);
});

test('what is closed is whole, and free for others', () => {
  made(path('closed'), { sizeBytes: 2 ** 20 });
  const medium = mediumIn(path('closed'), 'disk');
  refused(path('closed'), /another computer has it/);
  assert.ok(medium.write(0, sector(6)));
  medium[Symbol.dispose]();
  assert.equal(medium.write(0, sector(7)), false);
  using again = mediumIn(path('closed'), 'disk');
  assert.equal(first(again), 6);
});

test('what is discarded takes no room in the host’s file any more', () => {
  writeFileSync(path('raw.img'), new Uint8Array(2 ** 20).fill(9));
  made(path('full'), { sizeBytes: 2 ** 20 });
  for (const name of ['raw.img', 'full']) {
    using medium = mediumIn(path(name), 'disk');
    assert.ok(medium.write(0, new Uint8Array(2 ** 20).fill(9)) && medium.flush());
    const before = statSync(path(name)).blocks;
    assert.ok(medium.discard?.(0, 2 ** 19) && medium.flush());
    assert.ok(statSync(path(name)).blocks <= before - 1000, `${name} has ${statSync(path(name)).blocks} blocks of ${before}`);
    assert.equal(first(medium), 0);
  }
});

test('a layer is made over a base, which stays as it is and has many', () => {
  const before = readFileSync(path('base.img'));
  {
    using one = mediumIn(`${path('base.img')},overlay=${path('one')}`, 'disk');
    using two = mediumIn(`${path('base.img')},overlay=${path('two')}`, 'disk');
    assert.ok(one.write(0, sector(1)));
    assert.deepEqual([first(one), first(two)], [1, 9]);
    refused(path('base.img'), /another computer has it/);
  }
  assert.deepEqual(readFileSync(path('base.img')), before);
  using again = mediumIn(`${path('base.img')},overlay=${path('one')}`, 'disk', true);
  assert.ok(first(again) === 1 && again.isReadOnly);
});

test('a layer lies where its base does, or names it by its whole path, whatever may lie below', () => {
  mkdirSync(path('elsewhere'));
  for (const [layer, backing] of [
    [path('elsewhere/layer'), 'none'],
    [path('elsewhere/other'), path('elsewhere')],
  ]) {
    using medium = mediumIn(`${path('base.img')},overlay=${layer},backing=${backing}`, 'disk');
    assert.equal(first(medium), 9);
  }
  // Of a layer that is opened by itself, nobody said what it stands on.
  refused(`${path('elsewhere/layer')},backing=none`, /and is to stand on none/);
  refused(`${path('elsewhere/layer')},backing=${path('elsewhere')}`, /which is not in .*elsewhere/);
});

test('a layer that stands on something else is refused, and nothing is made that can’t be', () => {
  writeFileSync(path('other.img'), new Uint8Array(2 ** 20));
  mediumIn(`${path('base.img')},overlay=${path('mine')}`, 'disk')[Symbol.dispose]();
  refused(`${path('other.img')},overlay=${path('mine')}`, /mine can't be booted as a disk: it stands on .*base\.img, not on .*other\.img/);
  made(path('alone'), { sizeBytes: 2 ** 20 });
  refused(`${path('base.img')},overlay=${path('alone')}`, /it stands on nothing, not on .*base\.img/);
  refused(`${path('base.img')},overlay=${path('other.img')}`, /other\.img can't be booted as a disk: it doesn’t begin as qcow2 does/);
  refused(`${path('none.img')},overlay=${path('never')}`, /there is no .*none\.img/);
  refused(`${path('base.img')},overlay=${path('never')}`, /there is no .*never/, true);
  refused(`${path('base.img')},overlay=${path('no/never')}`, /no\/never can't be written/);
  writeFileSync(path('broken'), 'QFI\xfb', 'latin1');
  refused(`${path('broken')},overlay=${path('never')}`, /broken can't be booted as a disk: it /);
  assert.ok(!existsSync(path('never')));
});

test('what somebody cuts off under a computer is a medium error, not zeros', () => {
  writeFileSync(path('cut'), new Uint8Array(8192).fill(9));
  using medium = mediumIn(path('cut'), 'disk');
  truncateSync(path('cut'), 4096);
  assert.equal(first(medium), 9);
  assert.deepEqual([medium.read(3584, new Uint8Array(1024)), medium.read(4096, new Uint8Array(512))], [false, false]);
});

test('a plain image of isola’s own is one, whatever is in it and wherever it is', () => {
  mkdirSync(path('odd,overlay=x'));
  const name = path('odd,overlay=x/root');
  writeFileSync(name, new Uint8Array(4096));
  {
    using medium = plainDiskIn(name, false);
    assert.ok(medium.write(0, new Uint8Array([...Buffer.from('QFI\xfb', 'latin1'), ...new Uint8Array(508)])));
  }
  using again = plainDiskIn(name, true);
  assert.deepEqual([first(again), again.sizeBytes, again.isReadOnly], [0x51, 4096, true]);
});

test('what somebody gives without saying is a disk where it is an image, whatever its size', () => {
  made(path('small'), { sizeBytes: 1440 * 1024, clusterBytes: 512 });
  const bytes = readFileSync(path('small'));
  writeFileSync(path('small'), Buffer.concat([bytes, new Uint8Array(1440 * 1024 - bytes.length)]));
  writeFileSync(path('floppy'), new Uint8Array(1440 * 1024));
  assert.deepEqual([path('small'), path('floppy'), `${path('floppy')},format=raw`, `${path('floppy')},overlay=x`].map(kindOf), [
    'disk',
    'floppy',
    'disk',
    'disk',
  ]);
  assert.throws(() => mediumIn(path('small'), 'floppy'), /it is a qcow2 file; a floppy is a plain image/);
});
