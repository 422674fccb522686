import assert from 'node:assert/strict';
import { test } from 'node:test';
import { librariesOf, ownLibraries } from './libraries.ts';

test('what this Node is loaded with is what ldd says of it', async () => {
  const own = await ownLibraries();
  assert.ok(own.some((path) => path.includes('ld-linux')));
  assert.deepEqual(own, await librariesOf(process.execPath));
});
