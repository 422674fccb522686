/** What handlers may tell of code by its number. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlatMode, type Mode } from '../../isa/index.ts';
import { modeNumber, modeOfNumber } from './mode.ts';

const modes = [16, 32, 64].flatMap((code) =>
  [16, 32, 64].flatMap((stack) =>
    [true, false].flatMap((isFlat) =>
      (['allowed', 'ud', 'nm'] as const).map((vectors) => ({ code, stack, isFlat, vectors, wide: vectors }) as Mode),
    ),
  ),
);

test('a number says whether code and stack have 32 bits and segments begin at 0 and end nowhere', () => {
  const flat = modes.filter((mode) => (modeNumber(mode) & FlatMode.mask) === FlatMode.number);
  assert.equal(flat.length, 3);
  assert.ok(flat.every(({ code, stack, isFlat }) => code === 32 && stack === 32 && isFlat));
});

test('a mode has a number of its own', () => {
  assert.deepEqual(
    modes.map((mode) => modeOfNumber(modeNumber(mode))),
    modes,
  );
});
