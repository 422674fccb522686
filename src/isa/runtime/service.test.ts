import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Service } from './service.ts';

test('each service has a number of its own', () => {
  const numbers = Object.values(Service);
  assert.equal(new Set(numbers).size, numbers.length);
});
