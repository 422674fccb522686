/** Every family against the host's processor. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { families, isa } from '../../src/isa/spec/index.ts';
import { compareWithHost } from './compare.ts';
import { Emulated } from './emulated.ts';
import { unasked } from './host.ts';

const runsPerForm = Number(process.env['ISOLA_ORACLE_RUNS'] ?? 300);
const skip = unasked();
// One for all: it has every instruction anyway.
const emulated = skip === false ? new Emulated(isa) : undefined;

for (const [name, family] of Object.entries(families))
  test(`${name} does what the host's processor does`, { skip }, (t) => {
    assert.ok(emulated);
    const { runs, faults, differing, differences } = compareWithHost(emulated, family, runsPerForm, 1);
    t.diagnostic(`${runs} runs, ${faults} of them faults`);
    assert.equal(differing, 0, differences.join('\n'));
    assert.ok(runs > 0 && faults < runs / 2);
  });
