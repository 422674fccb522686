import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Disk, Drive } from './disk.ts';

const medium: Disk = { sizeBytes: 0, isReadOnly: true, read: () => true, write: () => false, flush: () => true };

test('a drive tells of each medium that comes and goes, and not of an empty one that is ejected', () => {
  const drive = new Drive();
  let changes = 0;
  drive.changed = () => void changes++;
  assert.equal(drive.eject(), undefined);
  assert.equal(changes, 0);
  drive.insert(medium);
  assert.equal(drive.disk, medium);
  assert.equal(changes, 1);
  assert.equal(drive.eject(), medium);
  assert.equal(drive.disk, undefined);
  assert.equal(changes, 2);
});
