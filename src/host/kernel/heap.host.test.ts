import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { emptyPages, isAsInFile, leaveFiles, mappingsIn } from './heap.ffi.ts';

const pageBytes = 4096;
const mib = 1024 ** 2;

/** Of this process, in MiB: proc(5), status. */
const residentMib = (kind: 'RssAnon' | 'RssFile'): number =>
  Number(new RegExp(`^${kind}:\\s+(\\d+)`, 'm').exec(readFileSync('/proc/self/status', 'latin1'))?.[1]) / 1024;

test('pages that are emptied are zeros and no memory, and what is beside them stays', () => {
  const bytes = new Uint8Array(64 * mib).fill(7);
  const before = residentMib('RssAnon');
  emptyPages(bytes.subarray(pageBytes, -pageBytes));
  assert.ok(before - residentMib('RssAnon') > 60);
  const [first, last] = [bytes.indexOf(0), bytes.lastIndexOf(0)];
  assert.ok(first >= pageBytes && first < 2 * pageBytes);
  assert.ok(last < bytes.length - pageBytes && last >= bytes.length - 2 * pageBytes);
  assert.equal((last + 1 - first) % pageBytes, 0);
  assert.ok(bytes.subarray(first, last + 1).every((byte) => byte === 0));
  bytes.fill(7);
  emptyPages(bytes.subarray(10, 20));
  emptyPages(bytes.subarray(5, 5));
  assert.equal(bytes.indexOf(0), -1);
});

test('of programs only what is touched afterwards is this process’s memory', () => {
  // Whatever has run until now has touched most of Node's program.
  const before = residentMib('RssFile');
  leaveFiles();
  const after = residentMib('RssFile');
  assert.ok(after < before / 2, `${before} MiB became ${after}`);
});

test('pages that are no longer as in their file are let be, and those that are written, shared or of no file', () => {
  const smaps = (lines: string, own: number): string => `${lines}\nSize:  8 kB\nPss_Dirty: 0 kB\nAnonymous: ${own} kB\nVmFlags: rd mr\n`;
  const found = mappingsIn(
    [
      smaps('00400000-00402000 r-xp 00000000 08:01 12   /usr/bin/a program', 0),
      smaps('00402000-00404000 r--p 00002000 08:01 12   /usr/bin/a program', 4),
      smaps('00404000-00406000 rw-p 00004000 08:01 12   /usr/bin/a program', 0),
      smaps('00406000-00408000 r--s 00000000 08:01 13   /var/cache', 0),
      smaps('7ffff0000000-7ffff0002000 r--p 00000000 00:00 0 ', 0),
      smaps('7ffff0002000-7ffff0004000 r-xp 00000000 00:00 0    [vdso]', 0),
    ].join(''),
  );
  assert.equal(found.length, 6);
  assert.deepEqual(found.filter(isAsInFile), [
    { begin: 0x40_0000n, end: 0x40_2000n, rights: 'r-xp', file: '/usr/bin/a program', ownKib: 0 },
  ]);
});
