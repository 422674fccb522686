import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pieces } from './pieces.ts';
import { rowsOf } from './rows.ts';
import { type SideName, sideNames } from './sides.ts';
import { type Done, failed, type Taken, takenOf } from './taken.ts';
import { textOf } from './text.ts';

const marks = (...lines: readonly (readonly [text: string, cpuSeconds: number])[]) =>
  lines.map(([text, cpuSeconds]) => ({ text, cpuSeconds }));
const truth = new Map<string, Done>(['awk', 'md5', 'gzip', 'shell'].map((name) => [name, { cpuSeconds: 1, said: 'abc' }]));

test('a piece counts from its beginning to its end, a boot from the start', () => {
  const seen = marks(['shell', 2], ['begin awk', 2.5], ['end 0', 4], ['said abc', 9]);
  assert.deepEqual(
    [...takenOf(seen, ['awk'], truth, 'it never did')],
    [
      ['boot', { cpuSeconds: 2, said: '' }],
      ['awk', { cpuSeconds: 1.5, said: 'abc' }],
    ],
  );
});

test('what failed, what said something else than on the host and what was never done is no figure', () => {
  const seen = marks(
    ['shell', 2],
    ['begin awk', 3],
    ['end 1', 4],
    ['said abc', 4],
    ['begin md5', 4],
    ['end 0', 5],
    ['said def', 5],
    ['begin gzip', 5],
  );
  assert.deepEqual([...takenOf(seen, ['awk', 'md5', 'gzip'], truth, 'it ended early').values()].slice(1), [
    'it ended with 1',
    'it said something else than on the host',
    'it ended early',
  ]);
});

/** Every piece takes each so long; what can't says why. */
const taken = (seconds: number | string): Taken => {
  const names = ['boot', ...pieces.map(({ name }) => name)];
  return typeof seconds === 'string' ? failed(names, seconds) : new Map(names.map((name) => [name, { cpuSeconds: seconds, said: '' }]));
};
const of =
  (seconds: Readonly<Record<SideName, number | string>>) =>
  (side: SideName): readonly Taken[] => [taken(seconds[side])];

const all: Readonly<Record<SideName, number | string>> = {
  ...{ 'isola, x86-64': 4, QEMU: 5, 'isola, i386': 6, v86: 20, host: 1 },
  'isola, x86-64, no JIT': 'isola boot has no option --jit',
};

test('bars are those of who is compared with', () => {
  const rows = rowsOf(of(all), pieces);
  const barsAgainst = (against: SideName): readonly string[] =>
    rows.flatMap(({ name, against: other, bar }) => (other === against && bar !== null ? [`${name} ${bar.bound} ${bar.holds}`] : []));
  assert.deepEqual(barsAgainst('v86').slice(0, 3), ['boot 0.4 true', 'shell 0.5 true', 'awk 0.5 true']);
  assert.deepEqual(barsAgainst('QEMU').slice(-2), ['moves 0.1 false', 'processor 0.75 false']);
  assert.deepEqual(barsAgainst('host').slice(-3), ['flags 2.6 false', 'divide 2.6 false', 'all but boot 7 true']);
  assert.deepEqual(barsAgainst('isola, i386'), ['all but boot 1 true']);
});

test('a mean of what was not all measured is none, and the reason is told once', () => {
  const rows = rowsOf(of({ ...all, v86: 'the npm package v86 is missing' }), pieces);
  const mean = rows.find(({ group, against }) => group === 'jit, geometric mean' && against === 'v86');
  assert.equal(mean?.absent, 'v86: the npm package v86 is missing');
  const text = textOf(rows);
  assert.equal(text.split('the npm package v86 is missing').length, 2);
  assert.ok(text.startsWith(`| CPU seconds                  | ${sideNames[0]} `), text);
  assert.match(text, /^\| moves .* 0\.800 > missed 0\.1 /m);
});
