import assert from 'node:assert/strict';
import { test } from 'node:test';
import { librariesOf, ownLibraries } from './libraries.ts';

test('what this Node is loaded with is what ldd says of it', async () => {
  const own = ownLibraries();
  assert.ok(own.some((path) => path.includes('ld-linux')));
  const told = await librariesOf(process.execPath);
  // Others may have been loaded since.
  assert.deepEqual(
    told.filter((path) => !own.includes(path)),
    [],
  );
});
