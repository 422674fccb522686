import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, test } from 'node:test';
import { makeDirectory } from './files.ts';

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
