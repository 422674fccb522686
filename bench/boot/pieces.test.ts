import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rowsOf, type Taken, takenOf } from './pieces.ts';
import type { Mark } from './watched.ts';

/** What was said, each a second behind the other. */
const marks = (...said: readonly string[]): readonly Mark[] => said.map((text, at) => ({ text, cpuSeconds: at }));
const whole = takenOf(marks('kernel', 'shell', 'begin gzip', 'end 0', 'begin awk', 'end 0', 'done'));

/** Value of each row, or why there is none. */
const told = (isola: Taken, bochs: Taken): Readonly<Record<string, number | string>> =>
  Object.fromEntries(
    rowsOf((who) => [who === 'isola' ? isola : who === 'bochs' ? bochs : whole]).map(
      ({ group, name, against, quantity, value, absent }) => [
        `${group === 'boot' ? 'boot' : name}${against === null ? '' : ` against ${against}`}${name === 'geometric mean' ? quantity.slice(8) : ''}`,
        absent ?? value,
      ],
    ),
  );

test('a boot counts from where the kernel is in memory, and a piece from its beginning to its end', () => {
  const { pieces } = takenOf(marks('kernel', 'shell', 'begin gzip', 'end 0', 'begin awk', 'end 2', 'begin md5'));
  assert.deepEqual(
    [...pieces],
    [
      ['boot', 1],
      ['gzip', 1],
      ['awk', 'it ended with 2'],
    ],
  );
});

test('what a peer that ended early hasn’t done is absent, with why; the rest is there', () => {
  const why = 'it was ended by SIGSEGV, after it had said begin awk';
  assert.deepEqual(told(whole, takenOf(marks('kernel', 'shell', 'begin gzip', 'end 0', 'begin awk'), why)), {
    boot: 1,
    'boot against Bochs': 1,
    'boot against QEMU, translating (TCG)': 1,
    gzip: 1,
    'gzip against Bochs': 1,
    'gzip against QEMU, translating (TCG)': 1,
    awk: 1,
    'awk against Bochs': `Bochs: ${why}`,
    'awk against QEMU, translating (TCG)': 1,
    'geometric mean against Bochs': `Bochs: ${why}`,
    'geometric mean against QEMU, translating (TCG)': 1,
  });
});

test('where isola ended early, nothing is said of what it hasn’t done', () => {
  const rows = told(takenOf(marks('shell'), 'it ended with 1, after it had said shell'), whole);
  assert.equal(rows['gzip'], 'it ended with 1, after it had said shell');
  assert.equal(rows['awk against Bochs'], 'isola: it ended with 1, after it had said shell');
});
