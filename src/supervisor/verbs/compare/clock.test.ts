import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mannerOf, operationMs, quantityFor } from './clock.ts';

/** Eight loops go before 64 that are timed, and one more. */
const slice = (wallMs: number, cpuMs: number, roundTripMs: number) => ({ loops: 64, wallMs, cpuMs, roundTripMs });

test('a clock that agrees with the host’s is believed, and processor time as fine as the host’s, too', () => {
  assert.equal(mannerOf([slice(64, 63.123, 74), slice(64, 63.4, 90)], 1), 'processor');
});

test('a delay of the answer alone is no other clock', () => {
  assert.equal(mannerOf([slice(64, 63.1, 120), slice(64, 63.2, 74), slice(64, 63.3, 200)], 1), 'processor');
});

test('processor time in ticks is not believed', () => {
  assert.equal(mannerOf([slice(64, 60, 74), slice(64, 70, 74), slice(64, 60, 74)], 1), 'wall');
});

test('of a clock that runs at half speed, the host’s clock is taken', () => {
  const halved = [slice(32, 31.123, 74), slice(32, 31.4, 75)];
  assert.equal(mannerOf(halved, 1), 'outside');
  assert.equal(operationMs(halved[0]!, 'processor time', { manner: 'outside', emptyMs: 1 }), 1);
});

test('work that waits is told by the clock, whatever processor time there is', () => {
  const exact = { manner: 'processor', emptyMs: 0 } as const;
  assert.deepEqual([operationMs(slice(64, 32, 80), 'processor time', exact), operationMs(slice(64, 32, 80), 'wall time', exact)], [0.5, 1]);
  assert.deepEqual([quantityFor('processor time', 'processor'), quantityFor('processor time', 'wall')], ['processor time', 'wall time']);
});
