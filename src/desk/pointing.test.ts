/** A mouse that moves where the guest takes its time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { I8042 } from '../devices/index.ts';
import { later, millis, Timeline } from '../machine/index.ts';
import { Pointing } from './pointing.ts';

const nowhere = { set: () => {} };

const stage = () => {
  const clock = new Timeline();
  const controller = new I8042({ clock, keyboardIrq: nowhere, mouseIrq: nowhere, a20: nowhere, reset: () => {} });
  let wakes = 0;
  const pointing = new Pointing(controller, () => wakes++);
  const fetched = (): number[] => {
    const seen: number[] = [];
    for (; (controller.read(4) & 1) !== 0; clock.advance(later(clock.now, millis(1)))) seen.push(controller.read(0));
    return seen;
  };
  /** To the mouse. */
  const order = (byte: number): number[] => {
    controller.write(4, 0xd4);
    controller.write(0, byte);
    return fetched();
  };
  return { controller, pointing, fetched, order, wakes: () => wakes };
};

test('movements that nobody fetches become one, and clicks stay apart', () => {
  const { controller, pointing, fetched, order, wakes } = stage();
  controller.write(4, 0xa8);
  assert.deepEqual(order(0xf4), [0xfa]);
  for (let count = 0; count < 30; count++) pointing.move({ dx: 1, dy: -2, dz: 0, buttons: 0 });
  pointing.move({ dx: 0, dy: 0, dz: 0, buttons: 1 });
  pointing.move({ dx: 0, dy: 0, dz: 0, buttons: 0 });
  assert.equal(wakes(), 32);
  const packets = [];
  while (pointing.feed()) packets.push(fetched());
  assert.deepEqual(packets, [
    [0x08, 30, 60],
    [0x09, 0, 0],
    [0x08, 0, 0],
  ]);
});

test('what comes before anybody listens is lost, and when somebody does is told', async () => {
  const { controller, pointing, fetched, order } = stage();
  const told: boolean[] = [];
  const telling = (async () => {
    for await (const isHeard of pointing.heard) told.push(isHeard);
  })();
  const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
  pointing.move({ dx: 9, dy: 9, dz: 0, buttons: 1 });
  assert.equal(pointing.feed(), false);
  await turn();
  controller.write(4, 0xa8);
  order(0xf4);
  for (let count = 0; count < 2; count++) pointing.look();
  assert.equal(pointing.feed(), false);
  assert.deepEqual(fetched(), []);
  await turn();
  controller.write(4, 0xa7);
  pointing.look();
  await turn();
  pointing.close();
  await telling;
  assert.deepEqual(told, [false, true, false]);
});
