import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UndoScope } from './scope.ts';

test('what was acquired is undone, last first', async () => {
  const order: string[] = [];
  {
    await using scope = new UndoScope();
    scope.defer(() => void order.push('first'));
    scope.defer(async () => void order.push('second'));
  }
  assert.deepEqual(order, ['second', 'first']);
});

test('what is kept is not undone', async () => {
  const order: string[] = [];
  {
    await using scope = new UndoScope();
    scope.defer(() => void order.push('kept'));
    scope.keep();
  }
  assert.deepEqual(order, []);
});

test('one undo that fails keeps no other from its turn, and both errors are told', async () => {
  const order: string[] = [];
  const scope = new UndoScope();
  scope.defer(() => void order.push('first'));
  scope.defer(() => {
    throw new Error('late');
  });
  scope.defer(() => {
    throw new Error('early');
  });
  await assert.rejects(
    scope[Symbol.asyncDispose](),
    (error) => error instanceof SuppressedError && error.error.message === 'late' && error.suppressed.message === 'early',
  );
  assert.deepEqual(order, ['first']);
});
