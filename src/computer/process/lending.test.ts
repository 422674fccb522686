import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { VirtioBalloon } from '../../devices/index.ts';
import { VirtioBoard } from '../../devices/stage/virtio-board.ts';
import { givenBytes, memoryOf } from '../machine/memory.ts';
import { Lending } from './lending.ts';

const mib = 1024 ** 2;
const givenMib = 160;

/** A machine that was given 160 MiB, whose driver lends what the test says. */
const stage = () => {
  const board = new VirtioBoard();
  const said: string[] = [];
  const balloon = new VirtioBalloon({ slot: board.slot, released: () => {}, lent: () => lending.moved() });
  const lending = new Lending({ balloon }, memoryOf({ memoryBytes: givenMib * mib }));
  board.place();
  board.negotiate([1, 3, 5]);
  board.begin();
  return {
    balloon,
    said,
    order: (text: string) => lending.answer(text, (answer) => void said.push(answer)),
    /** The driver has lent so many mebibytes. */
    lends: (count: number) => board.set(0x2004, count * 256, 4),
  };
};

test('what was given follows from a machine’s memory, to a mebibyte', () => {
  for (const given of [64, 96, 160, 512, 2048]) {
    const found = givenBytes(memoryOf({ memoryBytes: given * mib }));
    assert.ok(found <= given * mib && found > (given - 1) * mib, `${given} MiB: ${found}`);
  }
});

test('a machine that is to have less has it once its kernel has lent the rest, and more once that took it back', () => {
  const { balloon, order, lends, said } = stage();
  assert.deepEqual(order(`memory ${96 * mib}`), []);
  assert.ok(balloon.target <= 64 * 256 && balloon.target > 63 * 256);
  assert.deepEqual(order(`memory ${80 * mib}`), ['refused: its memory is being changed']);
  lends(40);
  assert.deepEqual(said, []);
  lends(64);
  assert.deepEqual(said.splice(0), ['done']);
  assert.deepEqual(order(`memory ${96 * mib}`), ['done']);
  assert.deepEqual(order(`memory ${givenMib * mib}`), []);
  assert.equal(balloon.target, 0);
  lends(0);
  assert.deepEqual(said, ['done']);
});

test('more than it was switched on with is refused, and what is no number', () => {
  const { balloon, order } = stage();
  assert.deepEqual(order(`memory ${(givenMib + 2) * mib}`), ['refused: it was switched on with less']);
  assert.deepEqual(order('memory -1'), ['refused: memory -1 is no order']);
  assert.equal(balloon.target, 0);
});

test('one whose kernel lends no more has what it had before, and is told how much is missing', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const { balloon, order, lends, said } = stage();
    order(`memory ${64 * mib}`);
    lends(30);
    mock.timers.tick(4000);
    lends(50);
    mock.timers.tick(4000);
    assert.deepEqual(said, []);
    mock.timers.tick(1000);
    assert.deepEqual([said, balloon.target], [['refused: 46 MiB of it are in use'], 0]);
  } finally {
    mock.timers.reset();
  }
});
