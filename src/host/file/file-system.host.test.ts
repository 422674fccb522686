import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { canReflink } from './file-system.ts';

test('to be asked whether it can share blocks, no file of a directory has a name, which a kill would leave', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'isola-file-system-'));
  const watcher = watch(directory);
  try {
    const named = new Promise((resolve) =>
      watcher.on('change', (_, name) => {
        // A file without a name is told by its number: linux fs/dcache.c, d_mark_tmpfile.
        if (!/^#\d+$/.test(String(name))) resolve(name);
      }),
    );
    canReflink(directory);
    writeFileSync(join(directory, 'afterwards'), '');
    assert.equal(await named, 'afterwards');
  } finally {
    watcher.close();
    rmSync(directory, { recursive: true });
  }
});
