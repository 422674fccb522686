import assert from 'node:assert/strict';
import { getRawPointer } from 'node:ffi';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { mapFile } from './libc.ffi.ts';
import { ownPages } from './own-pages.ffi.ts';

const pageBytes = 4096;
/** Below which the kernel gives no more than was asked for, where something else is among it. */
const hugeBytes = 2 * 1024 ** 2;

const skip = existsSync('/proc/self/pagemap') ? false : 'this kernel has no pagemap';

test('pages that were written are one’s own, and not those that are read of a file, or nobody has touched', { skip }, (t) => {
  const place = mkdtempSync(join(tmpdir(), 'isola-pages-'));
  t.after(() => rmSync(place, { recursive: true }));
  writeFileSync(join(place, 'file'), new Uint8Array(4 * pageBytes).fill(7));
  // So large that it is a mapping of its own.
  const whole = new Uint8Array(32 * hugeBytes);
  const before = Number(BigInt(getRawPointer(whole)) % BigInt(hugeBytes));
  const memory = whole.subarray(hugeBytes - before).subarray(0, 16 * pageBytes);
  const file = openSync(join(place, 'file'), 'r');
  mapFile(file, 0, memory.subarray(4 * pageBytes, 8 * pageBytes));
  closeSync(file);
  memory[2 * pageBytes] = 1;
  memory[6 * pageBytes] = 1;
  assert.equal(memory[5 * pageBytes], 7);
  const own = ownPages(memory);
  assert.deepEqual(own && [...own], [2, 6]);
});
