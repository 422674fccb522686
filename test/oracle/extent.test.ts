import assert from 'node:assert/strict';
import { test } from 'node:test';
import { families } from '../../src/isa/index.ts';
import { readX86 } from '../../tools/generate/x86.ts';
import { extentOf } from './extent.ts';

test('what is published of the instruction set is as it is now: else tools/node tools/oracle.ts', () => {
  const published = Object.entries(readX86()?.families ?? {}).map(([name, { mnemonics, rows, forms }]) => [
    name,
    { mnemonics, rows, forms },
  ]);
  assert.deepEqual(
    published,
    Object.entries(families).map(([name, family]) => [name, extentOf(family)]),
  );
});
