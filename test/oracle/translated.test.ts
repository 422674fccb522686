/** Every family as translations, against the host's processor: what they leave to the interpreter is told. `ISOLA_ORACLE_RUNS=10000` runs more of each form. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { families, isa } from '../../src/isa/spec/index.ts';
import { compareWithHost } from './compare.ts';
import { Emulated } from './emulated.ts';
import { unasked } from './host.ts';

const runsPerForm = Number(process.env['ISOLA_ORACLE_RUNS'] ?? 20);
const skip = unasked();
const emulated = skip === false ? new Emulated(isa) : undefined;

for (const [name, family] of Object.entries(families))
  test(`${name} does what the host's processor does`, { skip }, (t) => {
    assert.ok(emulated);
    const { runs, translated, differing, differences } = compareWithHost(emulated, family, runsPerForm, 2, 'translated');
    t.diagnostic(`${runs} runs, ${Math.round((100 * translated) / runs)} % of them translated`);
    assert.equal(differing, 0, differences.join('\n'));
  });
