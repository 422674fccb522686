/** Snapshots that were written before go on by what is read today: those of this format, and of the one before it. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import { Snapshot } from '../../src/computer/snapshot/index.ts';
import { snapshotVersion } from '../../src/snapshot/index.ts';
import { countOf, facts, keptPath, tiny } from './keep.ts';

const remedy =
  'what is written has another meaning: count snapshotVersion up, read the one before it, too, and keep one: tools/node test/snapshot/keep.ts';

for (const version of [snapshotVersion - 1, snapshotVersion].filter((one) => one > 0))
  test(`a computer that was kept in version ${version} goes on where it was`, (t) => {
    assert.ok(existsSync(keptPath(version)), remedy);
    const directory = mkdtempSync(join(tmpdir(), 'isola-earlier-'));
    t.after(() => rmSync(directory, { recursive: true }));
    const path = join(directory, 'one');
    writeFileSync(path, zstdDecompressSync(readFileSync(keptPath(version))));
    using snapshot = new Snapshot(path);
    assert.equal(snapshot.header.version, version);
    const pc = tiny();
    assert.doesNotThrow(() => snapshot.restore(pc, { facts }), remedy);
    assert.equal(countOf(pc), 500);
    pc.run(1000);
    assert.equal(countOf(pc), 1000);
    assert.ok(pc.clock.now >= snapshot.at);
  });
