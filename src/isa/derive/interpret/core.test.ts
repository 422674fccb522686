/** Which core a handler is in: by what predecoding finds for code of 32 and of 64 bits. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Size } from '../../spec/binding.ts';
import { families } from '../../spec/index.ts';
import { tableOf } from '../decode/table.ts';
import type { Choice, Circumstance } from './choice.ts';
import { Handlers } from './handlers.ts';
import { Plain } from './record.ts';

const { forms } = tableOf(families.arithmetic);
const handlers = new Handlers(forms);

/** Of ADD of a general register to an operand. */
const nameOf = (size: Size, isMemory: boolean, circumstance: Circumstance): string | undefined => {
  const number = forms.findIndex(({ opcode }) => opcode === 1);
  const choice: Choice = { size, isMemory, condition: 0, early: undefined, repetition: undefined };
  return handlers.table[handlers.index.find(number, forms[number]!, choice, circumstance) ?? -1];
};

const long: Circumstance = { isLong: true, stack: 64, address: 64, addressing: 'flat' };
const flat: Circumstance = { isLong: false, stack: 32, address: 32, addressing: 'flat' };

test('what code of 32 and of 64 bits share is in the core of whose code it is', () => {
  assert.equal(nameOf(32, false, long), 'core');
  assert.equal(nameOf(32, false, flat), 'core of 32 bits');
  assert.equal(nameOf(32, true, long), 'core');
  assert.equal(nameOf(32, true, flat), 'core of 32 bits');
  assert.equal(handlers.table[Plain.end], 'core');
  assert.equal(handlers.table[Plain.endFlat], 'core of 32 bits');
});

test('an address of 32 bits in code of 64, and one in a segment with an end, are in no core', () => {
  const names = [nameOf(32, true, { ...long, address: 32 }), nameOf(32, true, { ...flat, addressing: 'checked' })];
  for (const name of names) assert.match(name ?? 'core', /^(?!core)/);
});
