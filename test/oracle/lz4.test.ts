import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unpackLegacyLz4 } from './lz4.ts';

/** `printf 'abcabcabcabcabcabcabcabcabcabc-end-of-it' | lz4 -l`, of lz4 1.9.4. */
const packed = Buffer.from('02214c18120000003f616263030008a02d656e642d6f662d6974', 'hex');

test('a frame that lz4 wrote is unpacked', () => {
  assert.equal(Buffer.from(unpackLegacyLz4(packed)).toString(), 'abcabcabcabcabcabcabcabcabcabc-end-of-it');
});

test('what reaches before its beginning, ends early or is no frame, is refused', () => {
  const before = Buffer.from('02214c18050000001061ff0000', 'hex');
  assert.throws(() => unpackLegacyLz4(before), /reaches out of itself/);
  assert.throws(() => unpackLegacyLz4(Buffer.from('02214c180100000010', 'hex')), /reaches out of itself/);
  assert.throws(() => unpackLegacyLz4(Buffer.from('28b52ffd', 'hex')), /no legacy frame/);
});
