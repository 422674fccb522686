import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import * as zlib from 'node:zlib';
import { crc32 } from './crc32.ts';
import { means } from './means.ts';
import { sha256 } from './sha256.ts';

test('checksums of any length are those of others', () => {
  for (let length = 0; length < 300; length++) {
    const bytes = Uint8Array.from({ length }, (_, at) => at * 151 + length);
    assert.equal(crc32(bytes), zlib.crc32(bytes), `CRC-32 of ${length} bytes`);
    assert.equal(sha256(bytes), createHash('sha256').update(bytes).digest('hex'), `SHA-256 of ${length} bytes`);
  }
});

test('memory is zero where each of its bytes is', () => {
  const memory = new Uint8Array(3 * 4096);
  assert.equal(means.isZero(memory, 4096, 8192), true);
  for (const at of [4096, 5003, 8191]) {
    memory[at] = 1;
    assert.deepEqual(
      [means.isZero(memory, 4096, 8192), means.isZero(memory, 0, 4096), means.isZero(memory, 8192, 12_288)],
      [false, true, true],
    );
    memory[at] = 0;
  }
});
