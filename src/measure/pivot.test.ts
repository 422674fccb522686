import assert from 'node:assert/strict';
import { test } from 'node:test';
import { madeUp } from '../../test/memory/comparison.ts';
import { complexityText, digits, intervalText, pivot, valueText } from './pivot.ts';
import { scaleFor } from './scale.ts';

test('a row has the techniques side by side, and the bare host against itself apart', () => {
  const rows = pivot(madeUp);
  assert.deepEqual(
    rows.map(({ what, noise, figures }) => [what, noise?.subject, figures.map(({ subject }) => subject).join()]),
    [
      ['start', undefined, 'os-level,paravirtualization'],
      ['cpu', 'host', 'os-level,paravirtualization'],
      ['call', 'host', 'os-level,paravirtualization'],
      ['latency', 'host', 'os-level,paravirtualization'],
      ['memory-idle', undefined, 'os-level'],
      ['density', undefined, 'os-level'],
    ],
  );
});

test('figures have three digits, and two behind the point at most', () => {
  assert.deepEqual([0, 0.01461, 0.52, 1.009, 31.44, 84.53, 1234.4].map(digits), ['0', '0.015', '0.52', '1.01', '31.4', '84.5', '1234']);
  const [start, , , , latency] = pivot(madeUp).map(({ figures }) => figures.at(-1)!);
  assert.deepEqual([valueText(start!), intervalText(start!)], ['1234 ms', '1100 to 1300']);
  assert.equal(valueText(pivot(madeUp)[3]!.figures[1]!), '-');
  assert.equal(valueText(latency!), '0.52 MiB');
});

test('what was not recorded is not counted', () => {
  assert.deepEqual(
    madeUp.techniques.map(({ complexity }) => complexityText(complexity)),
    ['3,100 lines of its own, 12,345 shared; 2 Debian packages, 1 MiB', 'lines not recorded', 'lines not recorded'],
  );
});

test('a scale of ratios has 1 on it, equal steps for equal factors, and no end beyond a thousand', () => {
  const narrow = scaleFor([1.1]);
  assert.deepEqual([narrow.least, narrow.most, narrow.at(0.5), narrow.at(1), narrow.at(2)], [0.5, 2, 0, 0.5, 1]);
  const wide = scaleFor([0.1, 10]);
  assert.deepEqual(
    [wide.at(0.1), wide.at(1), wide.at(10)].map((place) => Number(place.toFixed(9))),
    [0, 0.5, 1],
  );
  assert.deepEqual(wide.marks, [0.1, 0.2, 0.5, 1, 2, 5, 10]);
  const endless = scaleFor([1e9, 0, Number.NaN]);
  assert.deepEqual([endless.most, endless.at(1e9)], [1000, 1]);
});
