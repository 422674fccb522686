/** Debian's kernel and programs of ours, whose own work is done as it is, by an ordinary user in a container of Docker's: test/boot/direct.test.ts there. It takes seven seconds: tools/node tools/test.ts test/direct/docker.long.ts. Last result, 27 November 2026: passed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { confined, node, skip } from './container.ts';

test('a whole computer has its programs run as they are there', { skip, timeout: 300_000 }, () => {
  const { status, said } = confined(...node, '--test-reporter=tap', 'test/boot/direct.test.ts');
  assert.equal(status, 0, said);
  assert.match(said, /^# pass 1$/m);
});
