import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusal, refusals } from './refusal.ts';

test('every refusal is one sentence that names the thing, and a remedy, without shouting', () => {
  for (const [code, row] of Object.entries(refusals)) {
    const facts = Array.from({ length: row.tell.length }, (_, index) => `fact${index}`);
    const [sentence, remedy] = (row.tell as (...facts: string[]) => readonly [string, string])(...facts);
    assert.ok(sentence.length > 0 && remedy.length > 0, code);
    for (const words of [sentence, remedy]) assert.doesNotMatch(words, /failed to|!$|\.$/i, `${code}: ${words}`);
    assert.match(sentence, /fact\d/, `${code} names nothing`);
  }
});

test('a refusal carries its code, its remedy and the exit status', () => {
  const refusal = new Refusal('unknown-environment', ['wbe', 'web'], { cause: 'x' });
  assert.deepEqual(
    [refusal.code, refusal.message, refusal.remedy, refusal.exit, refusal.cause],
    ['unknown-environment', 'no environment is called wbe', 'did you mean web?', 1, 'x'],
  );
});
