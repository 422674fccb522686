import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { tarOf } from '../../../test/image/archive.ts';
import { notRoot, openTestStore, refusal, testCall } from '../../../test/image/test-store.ts';
import { Space } from './space.ts';

const mib = 1 << 20;

describe('a small file system', { skip: notRoot }, () => {
  let place: string;
  before(() => {
    place = mkdtempSync(`${tmpdir()}/isola-space-`);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32m,nr_inodes=300', 'isola-test', place]);
  });
  after(() => {
    execFileSync('umount', ['--lazy', place]);
    rmSync(place, { recursive: true });
  });

  test('is not filled to its last byte', () => {
    const space = new Space('a test', place);
    const file = `${place}/filler`;
    writeFileSync(file, '');
    const piece = Buffer.alloc(mib);
    let written = 0;
    assert.throws(() => {
      for (; ; written++) {
        space.spend(mib);
        writeFileSync(file, piece, { flag: 'a' });
      }
    }, refusal('no-space'));
    assert.ok(written >= 16 && written <= 31, `${written} of 32 MiB`);
    rmSync(file);
  });

  test('refuses at once what claims to be larger', () => {
    assert.throws(() => new Space('a test', place).file(1e12), refusal('no-space'));
  });

  test('refuses files without end', () => {
    const space = new Space('a test', place);
    let made = 0;
    assert.throws(() => {
      for (; made < 10_000; made++) {
        space.file(0);
        writeFileSync(`${place}/f${made}`, '');
      }
    }, refusal('no-space'));
    assert.ok(made > 100 && made < 300, `${made} of 300 inodes`);
    for (let at = 0; at < made; at++) rmSync(`${place}/f${at}`);
  });

  test('refuses an archive that unpacks to more than it holds, and has nothing of it afterwards', async () => {
    mkdirSync(`${place}/store`);
    using test = openTestStore(`${place}/store`);
    const bomb = tarOf(Array.from({ length: 60 }, (_, at) => ({ name: `f${at}`, text: '\0'.repeat(mib) })));
    writeFileSync('/dev/shm/isola-bomb.tar', bomb);
    try {
      await assert.rejects(test.store.import({ path: '/dev/shm/isola-bomb.tar', name: 'bomb' }, testCall()), refusal('no-space'));
      assert.deepEqual([readdirSync(`${test.images}/staging`), readdirSync(`${test.images}/trees`), test.store.list()], [[], [], []]);
    } finally {
      rmSync('/dev/shm/isola-bomb.tar');
    }
  });
});
