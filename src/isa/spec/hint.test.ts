import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode } from '../derive/decode/decode.ts';
import { tableOf } from '../derive/decode/table.ts';
import { isa } from './index.ts';

const table = tableOf(isa);
const nameOf = (...bytes: readonly number[]): unknown => decode(table, Uint8Array.from([...bytes, 0, 0, 0, 0]), 0, 64).form?.op.name;

test('90 does nothing, or waits, or exchanges with r8', () => {
  assert.equal(nameOf(0x90), 'nop');
  assert.equal(nameOf(0x48, 0x90), 'nop');
  assert.equal(nameOf(0xf3, 0x90), 'pause');
  assert.equal(nameOf(0x41, 0x90), 'xchg');
  assert.equal(nameOf(0xf3, 0x41, 0x90), 'xchg');
});

test('what a prefix makes another instruction of is not taken for this one', () => {
  assert.equal(nameOf(0x0f, 0x38, 0xf0, 0x00), 'movbe');
  assert.equal(nameOf(0xf3, 0x0f, 0x38, 0xf0, 0x00), undefined);
  assert.equal(nameOf(0x48, 0x0f, 0xc7, 0x08), 'cmpxchg16b');
  assert.equal(nameOf(0x0f, 0xc7, 0x08), 'cmpxchg8b');
});

test('an exchange may be locked only in memory', () => {
  assert.equal(nameOf(0xf0, 0x87, 0x00), 'xchg');
  assert.equal(nameOf(0xf0, 0x87, 0xc0), undefined);
});
