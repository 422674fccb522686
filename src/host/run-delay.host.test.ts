/** How long a thread waits for the host. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RunDelay } from './run-delay.ts';

test('it is told, and never becomes less', () => {
  using delay = RunDelay.open();
  assert.ok(delay !== undefined);
  const first = delay.read();
  assert.ok(first >= 0n && delay.read() >= first);
});
