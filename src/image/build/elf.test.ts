import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isStaticElf } from './elf.ts';

test('a program that asks for a dynamic linker is not static', () => {
  assert.equal(isStaticElf(readFileSync('/bin/sh')), false);
  assert.equal(isStaticElf(readFileSync(process.execPath)), false);
});

test('busybox-static is', { skip: existsSync('/bin/busybox') ? false : 'there is no /bin/busybox' }, () => {
  assert.equal(isStaticElf(readFileSync('/bin/busybox')), true);
});

test('what is no program is not', () => {
  for (const text of ['', '#!/bin/sh\n', '\x7fELF', `\x7fELF\x02\x01${'\xff'.repeat(100)}`, `\x7fELF\x09\x01${'\0'.repeat(100)}`])
    assert.equal(isStaticElf(Buffer.from(text, 'latin1')), false);
});
