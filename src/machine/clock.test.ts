import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Timeline } from './clock.ts';
import { instant, later, momentOf, span, ticksAt } from './units.ts';

test('alarms fire in the order of their moments, each at its own', () => {
  const time = new Timeline();
  const seen: string[] = [];
  const told = (name: string) => time.alarm(() => seen.push(`${name} at ${time.now}`));
  told('late').at(instant(30n));
  told('early').at(instant(10n));
  told('beside').at(instant(10n));
  assert.equal(time.next, 10n);
  time.advance(instant(20n));
  assert.deepEqual(seen, ['early at 10', 'beside at 10']);
  assert.equal(time.now, 20n);
  time.advance(instant(40n));
  assert.equal(seen[2], 'late at 30');
  assert.equal(time.next, undefined);
});

test('an alarm that sets itself anew fires as often as it is due', () => {
  const time = new Timeline();
  let count = 0;
  const tick = time.alarm(() => {
    count++;
    tick.at(later(time.now, span(10n)));
  });
  tick.at(instant(10n));
  time.advance(instant(100n));
  assert.equal(count, 10);
  tick.cancel();
  assert.equal(time.next, undefined);
});

test('what was due already fires without turning time back', () => {
  const time = new Timeline(instant(50n));
  let seen: bigint | undefined;
  time
    .alarm(() => {
      seen = time.now;
    })
    .at(instant(20n));
  time.advance(instant(50n));
  assert.equal(seen, 50n);
});

test('an alarm that is set again fires at the new moment alone', () => {
  const time = new Timeline();
  const seen: bigint[] = [];
  const alarm = time.alarm(() => seen.push(time.now));
  alarm.at(instant(10n));
  alarm.at(instant(25n));
  time.advance(instant(40n));
  assert.deepEqual(seen, [25n]);
});

test('an alarm that nobody hears need not be waited for, and fires at its own moment when time goes on', () => {
  const time = new Timeline();
  const seen: string[] = [];
  let isHeard = false;
  time
    .alarm(
      () => seen.push(`unheard at ${time.now}`),
      () => isHeard,
    )
    .at(instant(10n));
  assert.deepEqual([time.next, time.heard], [10n, undefined]);
  time.alarm(() => seen.push(`heard at ${time.now}`)).at(instant(30n));
  assert.deepEqual([time.next, time.heard], [10n, 30n]);
  isHeard = true;
  assert.equal(time.heard, 10n);
  time.advance(instant(40n));
  assert.deepEqual(seen, ['unheard at 10', 'heard at 30']);
});

test('the first moment at which something has ticked so often is not before it has', () => {
  for (const rate of [1_193_182n, 3_579_545n, 32_768n]) {
    for (const ticks of [1n, 2n, 65_536n, 1_000_003n]) {
      const when = momentOf(ticks, rate);
      assert.equal(ticksAt(when, rate), ticks);
      assert.equal(ticksAt(instant(when - 1n), rate), ticks - 1n);
    }
  }
});
