import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Judgement, lengthFor, operationMs, ownClock, quantityFor, seenIn } from './clock.ts';

/** Eight loops go before 64 that are timed, and one more. */
const slice = (wallMs: number, cpuMs: number, roundTripMs: number, chargedMs: number | null = null) => ({
  ...{ loops: 64, wallMs, cpuMs, roundTripMs, chargedMs },
});

test('a clock that agrees with the host’s is believed, and processor time as fine as the host’s, too', () => {
  assert.deepEqual(seenIn([slice(64, 63.123, 74), slice(64, 63.4, 90)], 1), { clock: 'inside', fine: true });
});

test('a delay of the answer alone is no other clock', () => {
  assert.equal(seenIn([slice(64, 63.1, 120), slice(64, 63.2, 74), slice(64, 63.3, 200)], 1).clock, 'inside');
});

test('processor time in ticks is not believed', () => {
  assert.equal(seenIn([slice(64, 60, 74), slice(64, 70, 74), slice(64, 60, 74)], 1).fine, false);
});

test('of a clock that runs at half speed, the host’s clock is taken', () => {
  const halved = slice(32, 31.123, 74);
  assert.equal(seenIn([halved, slice(32, 31.4, 75)], 1).clock, 'outside');
  const outside: Judgement = { clock: 'outside', processor: 'none', emptyMs: 1, emptyChargedMs: 0 };
  assert.deepEqual([operationMs(halved, 'processor time', outside), quantityFor('processor time', outside)], [1, 'wall time']);
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
