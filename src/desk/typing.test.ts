/** Keys that are typed where the guest takes its time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { I8042 } from '../devices/index.ts';
import { later, millis, Timeline } from '../machine/index.ts';
import { Typing } from './typing.ts';

const nowhere = { set: () => {} };

test('a key that nobody fetches comes up all the same, and the next waits', () => {
  const clock = new Timeline();
  const controller = new I8042({ clock, keyboardIrq: nowhere, mouseIrq: nowhere, a20: nowhere, reset: () => {} });
  const waiting: (() => void)[] = [];
  const pass = (): void => {
    for (const what of waiting.splice(0)) what();
  };
  const timers = {
    after: (_ms: number, what: () => void) => {
      waiting.push(what);
      return () => {};
    },
    turn: async () => {},
  };
  const typing = new Typing(controller, timers, () => {
    while (typing.feed());
  });
  typing.type(['KeyC', 'KeyD'].flatMap((code) => [true, false].map((isDown) => ({ code, isDown }))));
  for (let count = 0; count < 5; count++) pass();
  const fetched = (): number[] => {
    const seen: number[] = [];
    for (; (controller.read(4) & 1) !== 0; clock.advance(later(clock.now, millis(1)))) seen.push(controller.read(0));
    return seen;
  };
  // Had it stayed down it would have repeated meanwhile.
  clock.advance(later(clock.now, millis(3000)));
  assert.deepEqual(fetched(), [0x2e, 0xae]);
  typing.feed();
  for (let count = 0; count < 5; count++) pass();
  assert.deepEqual(fetched(), [0x20, 0xa0]);
});
