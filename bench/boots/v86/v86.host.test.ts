import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { bootSeconds } from '../index.ts';
import { systems } from '../systems.ts';
import { v86, whyNoV86 } from './index.ts';

suite('v86', { skip: whyNoV86() }, () => {
  const [sector] = systems;
  const place = mkdtempSync(join(tmpdir(), 'isola-v86-'));
  after(() => rmSync(place, { recursive: true }));
  for (const isTranslating of [true, false])
    test(`boots a sector of a diskette ${isTranslating ? 'with' : 'without'} its JIT, and is seen to`, async () => {
      assert.ok(sector !== undefined);
      const started = v86({ isTranslating }).start(sector, sector.medium(place), place);
      const seconds = await bootSeconds(sector, started);
      assert.ok(seconds > 0 && seconds < 60, `${seconds}`);
      await assert.rejects(
        bootSeconds({ steps: [{ shows: 'what is never said' }] }, started, 3_000),
        /it never showed what is never said, but /,
      );
    });
});

test('v86 is given nothing of 64 bits, nor what ends it', () => {
  const refused = systems.filter((system) => v86({ isTranslating: true }).refuses?.(system) !== undefined);
  assert.deepEqual(
    refused.map(({ bits, unlessV86 }) => [bits, unlessV86 === undefined]),
    [
      [32, false],
      [64, true],
      [64, true],
    ],
  );
});
