import assert from 'node:assert/strict';
import { test } from 'node:test';
import { families } from '../../spec/index.ts';
import { tableOf } from '../decode/table.ts';
import { interpreterOfKept, keptOf } from './kept.ts';
import { interpreterOf } from './module.ts';

const { forms } = tableOf([...families.move, ...families.string, ...families.stack]);
const derived = interpreterOf(forms);
const kept = keptOf(derived);

test('an interpreter that was kept is the one that was derived', () => {
  const { interpreter: again, table } = interpreterOfKept(kept);
  for (const part of ['bytes', 'bodies', 'homes'] as const) assert.deepEqual(again[part], derived[part], part);
  assert.deepEqual(
    table.forms,
    forms.map(({ op, ...encoding }) => encoding),
  );
  assert.deepEqual(
    [...again.numberOf],
    [...table.forms.entries()].map(([number, form]) => [form, number]),
  );
  assert.deepEqual([...again.handlers.places], [...derived.handlers.places]);
  assert.deepEqual(
    [...again.handlers.effects],
    [...derived.handlers.effects].map(([key, set]) => [key, new Set([...set].toSorted())]),
  );
  assert.deepEqual(keptOf(again), kept);
});

test('the same rows make the same bytes', () => {
  assert.deepEqual(keptOf(interpreterOf(forms)), kept);
});

test('one that is cut off anywhere, or goes on, is not taken', () => {
  for (const length of [0, 3, 4, 5, 1000, kept.length - 1]) assert.throws(() => interpreterOfKept(kept.slice(0, length)), /not whole/);
  assert.throws(() => interpreterOfKept(Uint8Array.from([...kept, 0])), /not whole/);
});
