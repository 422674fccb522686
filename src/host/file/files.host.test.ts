import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, test } from 'node:test';
import { makeDirectory, writeWhole } from './files.ts';

const root = mkdtempSync(`${tmpdir()}/isola-files-`);
after(() => rmSync(root, { recursive: true, force: true }));

test('a directory is made with its parents, and may be there already', () => {
  makeDirectory(`${root}/a/b/c`, 0o700);
  makeDirectory(`${root}/a/b/c`);
  assert.equal(statSync(`${root}/a/b/c`).mode & 0o777, 0o700);
});

test('where the kernel takes no directory, making one ends, and says so', () => {
  assert.throws(() => makeDirectory('/proc/none/deep'), { code: 'ENOENT' });
  writeFileSync(`${root}/file`, '');
  assert.throws(() => makeDirectory(`${root}/file`), { code: 'EEXIST' });
  assert.throws(() => makeDirectory(`${root}/file/below`), { code: 'ENOTDIR' });
});

test('a file is replaced as a whole, and where it can’t be nothing is left beside it', () => {
  makeDirectory(`${root}/whole/taken/full`);
  writeWhole(`${root}/whole/file`, 'first');
  writeWhole(`${root}/whole/file`, Uint8Array.of(0x32));
  assert.equal(readFileSync(`${root}/whole/file`, 'utf8'), '2');
  assert.throws(() => writeWhole(`${root}/whole/taken`, 'text'), { code: 'EISDIR' });
  assert.deepEqual(readdirSync(`${root}/whole`), ['file', 'taken']);
});
