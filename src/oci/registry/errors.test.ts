import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oneLine, parseErrors } from './errors.ts';

test('the errors of a registry are read', () => {
  const body = '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown","detail":{"Tag":"x"}},{"code":"DENIED"}]}';
  assert.deepEqual(parseErrors(body), [
    { code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' },
    { code: 'DENIED', message: '' },
  ]);
});

test('a web page instead of errors says nothing', () => {
  for (const body of ['<html>', '', 'null', '[]', '{"errors":"x"}', '{"errors":[1]}']) assert.deepEqual(parseErrors(body), []);
});

test('what a registry says can’t move the cursor of a terminal', () => {
  assert.equal(oneLine('a\u001b[2Jb\nc\u202ed'), 'a [2Jb c d');
  assert.equal(oneLine('x'.repeat(1000)).length, 200);
});
