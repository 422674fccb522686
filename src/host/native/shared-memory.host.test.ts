import assert from 'node:assert/strict';
import { getRawPointer } from 'node:ffi';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { emptyPages } from '../kernel/heap.ffi.ts';
import { mapFile } from '../kernel/libc.ffi.ts';
import { heldRanges } from '../kernel/own-pages.ffi.ts';
import { SharedMemory } from './shared-memory.ffi.ts';

const pageBytes = 4096;
const skip = existsSync('/proc/self/pagemap') ? false : 'this kernel has no pagemap';
const pages = 256;

/** Nobody has touched it but for a page, and four that a file has. It ends with a page that is whole. */
const memoryOf = (t: TestContext): Uint8Array => {
  const place = mkdtempSync(join(tmpdir(), 'isola-shared-'));
  t.after(() => rmSync(place, { recursive: true }));
  writeFileSync(join(place, 'file'), new Uint8Array(4 * pageBytes).fill(7));
  const whole = new Uint8Array(64 * 2 ** 20);
  // Where its neighbours are in other pages, of two mebibytes, too.
  const before = Number(BigInt(getRawPointer(whole)) % BigInt(2 ** 21));
  const memory = whole.subarray(2 ** 21 - before).subarray(0, pages * pageBytes);
  const file = openSync(join(place, 'file'), 'r');
  mapFile(file, 0, memory.subarray(64 * pageBytes, 68 * pageBytes));
  closeSync(file);
  memory[2 * pageBytes] = 1;
  return memory;
};
const page = (from: number, to = from + 1) => ({ from: from * pageBytes, to: to * pageBytes });

test('what was written and what a file has may hold something, and nothing else', { skip }, (t) => {
  const memory = memoryOf(t);
  memory[65 * pageBytes] = 8;
  assert.deepEqual(heldRanges(memory), [page(2), page(64, 68)]);
  assert.deepEqual(heldRanges(memory.subarray(3 * pageBytes, 64 * pageBytes)), []);
  assert.deepEqual(heldRanges(memory.subarray(66 * pageBytes)), [page(0, 2)]);
});

test('memory that is copied ahead and changes is shared as it is at last', { skip }, (t) => {
  const memory = memoryOf(t);
  memory.fill(3, 128 * pageBytes, 192 * pageBytes);
  using shared = new SharedMemory(memory);
  let turns = 0;
  // After some of it was copied, and before all was.
  for (const _ of shared.prepare())
    if (++turns === 3) {
      memory.fill(4, 130 * pageBytes, 131 * pageBytes);
      memory.fill(0, 140 * pageBytes, 160 * pageBytes);
      memory[200 * pageBytes] = 5;
      memory[66 * pageBytes] = 6;
    }
  assert.ok(turns > 4);
  emptyPages(memory.subarray(176 * pageBytes, 177 * pageBytes));
  shared.share('full');
  const has = new Set(shared.pages);
  assert.deepEqual(
    [2, 3, 63, 64, 67, 68, 128, 175, 176, 191, 192, 200].map((one) => has.has(one)),
    [true, false, false, true, true, false, true, true, false, true, false, true],
  );
  assert.deepEqual([...shared.prepare()], []);
  const expected = new Uint8Array(memory.length);
  const fill = (byte: number, from: number, to = from + 1): unknown => expected.fill(byte, from * pageBytes, to * pageBytes);
  fill(7, 64, 68);
  fill(3, 128, 192);
  fill(4, 130);
  fill(0, 140, 160);
  fill(0, 176);
  for (const [at, byte] of [
    [2, 1],
    [66, 6],
    [200, 5],
  ] as const)
    expected[at * pageBytes] = byte;
  assert.ok(Buffer.from(memory.buffer, memory.byteOffset, memory.length).equals(expected));
});
