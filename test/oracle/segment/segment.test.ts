/** Segments of a local table against the host's processor: loads, limits, rights, far transfers, and what programs may ask. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unasked } from '../host.ts';
import { compareSegments } from './compare.ts';

const runs = 60 * Number(process.env['ISOLA_ORACLE_RUNS'] ?? 300);

test('segments do what those of the host do', { skip: unasked() }, (t) => {
  const { runs: done, traps, differing, differences } = compareSegments(runs, 1);
  t.diagnostic(`${done} runs: ${[...traps].map(([vector, count]) => `${count} ended with vector ${vector}`).join(', ')}`);
  assert.equal(differing, 0, differences.join('\n'));
  // Each kind of end: a breakpoint, and the faults of segments and pages.
  for (const vector of [3, 11, 12, 13, 14])
    assert.ok((traps.get(vector) ?? 0) > done / 50, `only ${traps.get(vector)} of vector ${vector}`);
});
