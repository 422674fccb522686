import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Marks } from './marks.ts';

/** As blocks have them: each in code that is like others', in pages one after the other. */
const numbers = (from: number): readonly number[] => Array.from({ length: 40_000 }, (_, at) => from + at * 24);

test('what was marked is found, little else is taken for it, and all is forgotten at once', () => {
  const marks = new Marks();
  for (const number of numbers(2 ** 40)) marks.add(number);
  assert.ok(numbers(2 ** 40).every((number) => marks.has(number)));
  const mistaken = numbers(2 ** 39).filter((number) => marks.has(number)).length;
  assert.ok(mistaken < 40_000 / 10, `${mistaken} of 40,000`);
  marks.clear();
  assert.ok(!numbers(2 ** 40).some((number) => marks.has(number)));
});
