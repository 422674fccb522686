/** An ordinary user in a container of Docker's, with the filter of system calls that it has by default: programs run as they are there, too. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { patienceMs } from '../stage/patience.ts';
import { confined, node, skip } from './container.ts';

test('the filter is Docker’s: no namespace is made there, and what isn’t refused is done', { skip }, () => {
  const { status, said } = confined('unshare', '--user', 'true');
  assert.notEqual(status, 0);
  assert.match(said, /unshare failed: Operation not permitted/);
  assert.deepEqual(confined('sh', '-c', 'id -u; grep Seccomp: /proc/self/status'), { status: 0, said: '64000\nSeccomp:\t2\n' });
});

test('processes for programs are made there, run, are stopped and end, and hostile ones are held', { skip, timeout: patienceMs }, () => {
  const { status, said } = confined(...node, '--test-reporter=tap', 'src/host/native/native.host.test.ts');
  assert.equal(status, 0, said);
  assert.match(said, /^# skipped 0$/m);
  assert.match(said, /^# pass [1-9]\d*$/m);
});
