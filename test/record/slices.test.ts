/** Where time is counted in instructions, a computer does the same in whatever slices it is run. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pc } from '../../src/board/index.ts';
import { firmware } from '../../src/computer/boot/firmware.ts';
import { engine } from '../../src/computer/engine/index.ts';
import { StateDigest } from '../../src/computer/record/state.ts';
import { instant } from '../../src/machine/index.ts';
import { whyNoFirmware } from '../boot/firmware.ts';
import { patienceMs } from '../stage/patience.ts';
import { mib } from './stage.ts';

/** Nanoseconds between two digests, and how many there are: SeaBIOS has found nothing to boot by then, and tries again. */
const [apart, count] = [250_000_000n, 12];

const digests = (slice: number): readonly string[] => {
  const digest = new StateDigest();
  const pc = new Pc({ ...{ engine: engine(), memoryBytes: 16 * mib, startSeconds: 0, lines: [] }, ...firmware() });
  return Array.from({ length: count }, (_, index) => {
    const end = instant(BigInt(index + 1) * apart);
    while (pc.clock.now < end) {
      const pause = pc.run(Math.min(slice, Number(end - pc.clock.now)));
      if (pause.why === 'idle') pc.pass(pause.until !== undefined && pause.until < end ? pause.until : end);
      else assert.equal(pause.why, 'slice');
    }
    return digest.last(pc);
  });
};

test('SeaBIOS is the same at the same time, in slices of any size', { skip: whyNoFirmware(), timeout: patienceMs }, () => {
  const expected = digests(2_000_000);
  assert.equal(new Set(expected).size, count);
  for (const slice of [777_777, 9_973]) assert.deepEqual(digests(slice), expected);
});
