import assert from 'node:assert/strict';
import type { DoctorReport } from '../../../src/environment/command/index.ts';
import { type Chapter, clause } from '../clause.ts';

interface Waited {
  readonly reached: string;
  readonly exitCode: number | null;
}

export const end: Chapter = {
  title: 'Ends, and what is left',
  clauses: [
    clause('a command that ends is noticed, with its status, and cleaned up after', ['wait', 'list', 'start'], async (on) => {
      await on.ok('launch', on.image, 'brief', '--', 'sh', '-c', 'sleep 0.3; exit 5');
      const { exitCode } = await on.data<Waited>('wait', 'brief', '--timeout', '2m');
      assert.equal(exitCode, 5);
      assert.equal(await on.phase('brief'), 'stopped');
      assert.equal((await on.show('brief')).exit?.code, 5);
      await on.ok('start', 'brief');
      assert.equal((await on.data<Waited>('wait', 'brief', '--timeout', '2m')).exitCode, 5);
    }),

    clause('one launched with --ephemeral is gone when it has ended', ['launch', 'list'], async (on) => {
      await on.ok('launch', '--ephemeral', on.image, 'passing', '--', 'sleep', '0.2');
      await on.eventually(async () => !(await on.names()).includes('passing'));
    }),

    clause('wait knows running, a line of the log, and when to give up', ['wait'], async (on) => {
      await on.ok('launch', on.image, 'slow', '--', 'sh', '-c', 'sleep 0.3; echo at last; exec sleep 1000');
      assert.equal((await on.data<Waited>('wait', 'slow', '--for', 'running', '--timeout', '2m')).reached, 'running');
      assert.match((await on.data<Waited>('wait', 'slow', '--for', 'log:/at l.st/', '--timeout', '2m')).reached, /log:/);
      assert.match(await on.refused(124, 'wait', 'slow', '--timeout', '100ms'), /slow/);
    }),

    clause('killed from outside, it is known to have been killed, and starts again', ['show', 'wait', 'start', 'exec'], async (on) => {
      await on.hold(on.image, 'victim');
      await on.inside('victim', 'echo kept > /root/kept; sync');
      const { pid } = await on.show('victim');
      assert.ok(pid);
      process.kill(pid, 'SIGKILL');
      assert.equal((await on.data<Waited>('wait', 'victim', '--timeout', '2m')).exitCode, 137);
      await on.eventually(async () => (await on.phase('victim')) === 'stopped');
      assert.equal((await on.show('victim')).exit?.code, 137);
      await on.ok('start', 'victim');
      assert.equal(await on.inside('victim', 'cat /root/kept'), 'kept\n');
    }),

    clause('reap leaves alone what runs, and may come twice', ['reap', 'list'], async (on) => {
      await on.ok('launch', on.image, 'lasting', '--', 'sleep', '1000');
      const { id } = await on.row('lasting');
      await on.ok('reap', id);
      assert.equal(await on.phase('lasting'), 'running');
      await on.ok('stop', '--force', 'lasting');
      await on.ok('reap', id);
      await on.ok('reap');
      assert.equal(await on.phase('lasting'), 'stopped');
    }),

    clause('doctor says that the technique works, and finds nothing left; repair disturbs nobody', ['doctor', 'exec'], async (on) => {
      const shared = await on.shared();
      const before = await on.row(shared);
      const report = await on.data<DoctorReport>('doctor');
      const verdict = report.techniques.find(({ name }) => name === on.technique);
      assert.deepEqual([verdict?.works, verdict?.remedy], [true, null]);
      assert.deepEqual(report.leftovers, []);
      assert.equal((await on.data<DoctorReport>('doctor', '--repair')).repaired, true);
      assert.deepEqual(await on.row(shared), before);
      assert.equal(await on.inside(shared, 'echo alive'), 'alive\n');
    }),
  ],
};
