import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agree, comesInNoTicks, type Judgement, lengthFor, operationMs, ownClock, quantityFor } from './clock.ts';

/** Eight loops go before 64 that are timed, and one more. */
const slice = (wallMs: number, cpuMs: number, roundTripMs: number, chargedMs: number | null = null) => ({
  ...{ loops: 64, wallMs, cpuMs, roundTripMs, chargedMs },
});

test('a clock that goes as the host’s is believed, whatever it shows and however late the answer comes', () => {
  assert.ok(agree({ insideMs: 5, outsideMs: 1000 }, { insideMs: 1005, outsideMs: 2000 }));
  assert.ok(agree({ insideMs: 5, outsideMs: 1000 }, { insideMs: 1005, outsideMs: 2040 }));
});

test('a clock that runs at half speed, or stands, is not', () => {
  assert.ok(!agree({ insideMs: 5, outsideMs: 1000 }, { insideMs: 505, outsideMs: 2000 }));
  assert.ok(!agree({ insideMs: 5, outsideMs: 1000 }, { insideMs: 5, outsideMs: 2000 }));
  assert.ok(!agree({ insideMs: Number.NaN, outsideMs: 0 }, { insideMs: Number.NaN, outsideMs: 1 }));
});

test('processor time in ticks is told from one that is as fine as the host’s', () => {
  assert.ok(!comesInNoTicks([slice(64, 60, 74), slice(64, 70, 74), slice(64, 60, 74)]));
  assert.ok(!comesInNoTicks([slice(64, 60, 74), slice(64, 63.333, 74), slice(64, 70, 74)]));
  assert.ok(comesInNoTicks([slice(64, 60, 74), slice(64, 63.123, 74), slice(64, 61.2, 74)]));
});

test('of a clock that isn’t believed, the host’s is taken', () => {
  const outside: Judgement = { clock: 'outside', processor: 'none', emptyMs: 1, emptyChargedMs: 0 };
  assert.deepEqual(
    [operationMs(slice(32, 31.123, 74), 'processor time', outside), quantityFor('processor time', outside)],
    [1, 'wall time'],
  );
});

test('where a guest’s own processor time is not believed, what the host charges is', () => {
  const charged: Judgement = { clock: 'inside', processor: 'charged', emptyMs: 1, emptyChargedMs: 2 };
  assert.deepEqual(
    [operationMs(slice(64, 60, 300, 75), 'processor time', charged), quantityFor('processor time', charged)],
    [1, 'processor time'],
  );
  assert.equal(operationMs(slice(64, 60, 300, 75), 'wall time', charged), 1);
});

test('work that waits is told by the clock, whatever processor time there is', () => {
  assert.deepEqual(
    [operationMs(slice(64, 32, 80), 'processor time', ownClock), operationMs(slice(64, 32, 80), 'wall time', ownClock)],
    [0.5, 1],
  );
});

test('slices are longer where they are measured from outside', () => {
  const outside: Judgement = { clock: 'outside', processor: 'charged', emptyMs: 1, emptyChargedMs: 2 };
  assert.deepEqual(
    [lengthFor('processor time', ownClock), lengthFor('processor time', outside), lengthFor('wall time', outside)],
    [1, 3, 5],
  );
});
