/** What we write of instructions is what binutils' objdump writes of them. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { families, supervising } from '../../src/isa/index.ts';
import { sectionOf } from './section.ts';
import { compareProgram, compareTexts } from './text.ts';

const runsPerForm = Number(process.env['ISOLA_ORACLE_RUNS'] ?? 40);
const library = '/lib/x86_64-linux-gnu/libc.so.6';

let [lines, differing] = [0, 0];

for (const [name, family] of Object.entries({ ...families, ...supervising }))
  test(`${name} reads as objdump writes it`, (t) => {
    const { runs, lengths, texts } = compareTexts(family, runsPerForm, 1);
    t.diagnostic([`${runs} lines, ${texts.length} differ`, ...texts.slice(0, 5)].join('\n'));
    assert.deepEqual(lengths, []);
    assert.ok(runs > 0 && texts.length <= runs / 100, texts.join('\n'));
    lines += runs;
    differing += texts.length;
  });

test('all in all, at most one line in a thousand differs', (t) => {
  t.diagnostic(`${differing} of ${lines}`);
  assert.ok(differing <= lines / 1000);
});

test('the C library reads as objdump writes it', { skip: existsSync(library) ? false : `there is no ${library}` }, (t) => {
  const { address, bytes } = sectionOf(readFileSync(library), '.text');
  const { runs, lengths, texts, unknown } = compareProgram(bytes, address);
  const missing = [...unknown].toSorted(([, a], [, b]) => b - a);
  const told = missing.map(([mnemonic, count]) => `${mnemonic} ${count}`).join(', ');
  t.diagnostic(`${runs} lines, ${texts.length} differ; not in the specification: ${told === '' ? 'nothing' : told}`);
  assert.deepEqual(lengths.slice(0, 20), []);
  assert.deepEqual(texts.slice(0, 20), []);
});
