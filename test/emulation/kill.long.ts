/**
 * The process of an emulated machine killed a hundred times while a program inside writes and calls fsync(2): `tools/node --test test/emulation/kill.long.ts`. Last result, 27 November 2026: of
 * 484 writes that were acknowledged all were there, its file system was sound each time, and its image but for three clusters at the most that nothing refers to.
 */
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { stage, whyNot } from '../stage/stage.ts';
import { Killable } from './killable.ts';
import { assertWritten, soundImage, writer } from './written.ts';

const skip = (await whyNot('emulation')) ?? false;
const kills = 100;
/** Until it is killed once it has begun to write, in ms: at the most. */
const mostMs = 2500;

suite('an emulated machine whose process is killed', { skip, timeout: 3_600_000 }, () => {
  const here = stage();

  test('has all on its disk that it was told is there, its file system and its image are sound, and it starts again', async (t) => {
    await here.ok('run', '--technique', 'emulation', '--network', 'none', '--memory', '160M', 'busybox', '--', 'true');
    const only = (directory: string): string => join(here.store, directory, readdirSync(join(here.store, directory))[0] ?? '');
    const place = join(here.store, 'killed');
    const parts = { from: only('outsets'), base: only('images/disks'), memoryBytes: 160 * 1024 ** 2 };
    const image = Killable.disk(place);
    writeFileSync(image, '');
    let [last, leaks] = [0, 0];
    for (let count = 1; count <= kills; count++) {
      const machine = await Killable.start(place, parts);
      const killAtMs = Math.random() * mostMs;
      const before = last;
      await machine.acknowledged(['sh', '-c', writer(last + 1)], killAtMs, (line) => {
        assert.equal(Number(line), last + 1);
        last++;
      });
      const found = soundImage(image, join(place, 'raw'));
      leaks = Math.max(leaks, found);
      assertWritten(join(place, 'raw'), last, join(place, 'files'));
      t.diagnostic(
        `${count}: ${last - before} acknowledged before it was killed ${killAtMs.toFixed(0)} ms after the first, ${found} clusters leaked`,
      );
    }
    t.diagnostic(`${kills} kills, ${last} writes acknowledged, all there; ${leaks} clusters that nothing refers to, at the most`);
    assert.ok(last > kills);
  });
});
