import assert from 'node:assert/strict';
import { existsSync, linkSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { finishMoment, momentIn } from './disk.ts';
import { layerNumbers, layersIn } from './layers.ts';

const skip = process.getuid?.() === 0 ? false : 'layers are given to root';

/** A machine that was told to keep a moment: its disk as it was is a layer. */
const machine = (t: TestContext) => {
  const lasting = mkdtempSync(join(tmpdir(), 'isola-moment-'));
  t.after(() => rmSync(lasting, { recursive: true }));
  const image = join(lasting, 'disk.img');
  for (const directory of [layersIn(lasting), momentIn(lasting)]) mkdirSync(directory);
  writeFileSync(image, 'then');
  linkSync(image, join(layersIn(lasting), '0'));
  return { lasting, image, fresh: join(momentIn(lasting), 'disk.img') };
};

test('what it writes from then on is its disk, upon a layer that nobody writes', { skip }, (t) => {
  const { lasting, image, fresh } = machine(t);
  writeFileSync(fresh, 'now');
  finishMoment(lasting, image);
  assert.deepEqual([readFileSync(image, 'utf8'), readFileSync(`${layersIn(lasting)}/0`, 'utf8')], ['now', 'then']);
  assert.equal(lstatSync(`${layersIn(lasting)}/0`).mode & 0o777, 0o444);
});

test('one that went on as before has no layer of that', { skip }, (t) => {
  const { lasting, image } = machine(t);
  finishMoment(lasting, image);
  assert.deepEqual([readFileSync(image, 'utf8'), layerNumbers(layersIn(lasting))], ['then', []]);
});

test('a link that its process puts there is never its disk, and is gone', { skip }, (t) => {
  const { lasting, image, fresh } = machine(t);
  symlinkSync('/etc/passwd', fresh);
  assert.throws(() => finishMoment(lasting, image), /is no file/);
  assert.ok(lstatSync(image).isFile() && existsSync('/etc/passwd'));
  assert.deepEqual([readFileSync(image, 'utf8'), layerNumbers(layersIn(lasting)), existsSync(fresh)], ['then', [], false]);
  finishMoment(lasting, image);
});
