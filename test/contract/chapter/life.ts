import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Deed, EnvironmentRow } from '../../../src/environment/command/index.ts';
import { type Chapter, clause } from '../clause.ts';

export const life: Chapter = {
  title: 'Life',
  clauses: [
    clause(
      'launch, list, show, stop, start, restart and delete tell the truth',
      ['launch', 'list', 'show', 'stop', 'start', 'restart', 'delete'],
      async (on) => {
        const did = async (...args: readonly string[]) => (await on.data<Deed[]>(...args))[0]?.did;
        assert.equal(await did('launch', '--hold', on.image, 'life'), 'launched');
        const { phase, pid, startedAt } = await on.row('life');
        assert.ok(phase === 'running' && pid !== null && startedAt !== null);
        const shown = await on.show('life');
        assert.deepEqual([shown.name, shown.technique, shown.spec.image], ['life', on.technique, on.image]);
        assert.equal((await on.data<Deed[]>('stop', '--force', 'life'))[0]?.phase, 'stopped');
        assert.deepEqual([await on.phase('life'), (await on.row('life')).pid], ['stopped', null]);
        assert.equal(await did('stop', 'life'), 'unchanged');
        assert.equal(await did('start', 'life'), 'started');
        assert.equal(await did('start', 'life'), 'unchanged');
        await on.inside('life', 'echo kept > /root/kept');
        assert.equal(await did('restart', '--force', 'life'), 'restarted');
        assert.equal(await on.phase('life'), 'running');
        assert.equal(await on.inside('life', 'cat /root/kept'), 'kept\n');
        assert.match(await on.refused(1, 'delete', 'life'), /life is running, so it can't be deleted/);
        await on.ok('delete', '--force', 'life');
        assert.match(await on.refused(1, 'show', 'life'), /no environment is called life/);
        await on.ok('delete', '--force', 'life');
      },
    ),

    clause('several are launched, listed by phase, and deleted by one command', ['launch', 'list', 'delete'], async (on) => {
      const deeds = await on.hold('--no-start', on.image, 'one', 'two', 'three');
      assert.deepEqual(
        deeds.map(({ name }) => name),
        ['one', 'two', 'three'],
      );
      const stopped = await on.data<EnvironmentRow[]>('list', '--phase', 'stopped');
      assert.deepEqual(stopped.map(({ name }) => name).sort(), ['one', 'three', 'two']);
      assert.equal(new Set(stopped.map(({ address }) => address)).size, 3, 'each has an address of its own');
      await on.ok('delete', 'one', 'two', 'three');
      assert.deepEqual(await on.names(), []);
    }),

    clause('two are launched at the same time, and work side by side', ['launch', 'exec'], async (on) => {
      const both = ['left', 'right'];
      const launched = await Promise.all(both.map((name) => on.tell(['launch', '--hold', on.image, name])));
      assert.deepEqual(
        launched.map(({ code, stderr }) => [code, stderr]),
        [
          [0, ''],
          [0, ''],
        ],
      );
      const said = await Promise.all(
        [...both, ...both].map((name, index) => on.ok('exec', name, '--', 'sh', '-c', `sleep 0.2; echo ${index} of $(hostname)`)),
      );
      assert.deepEqual(said, ['0 of left\n', '1 of right\n', '2 of left\n', '3 of right\n']);
      const [left, right] = await Promise.all(both.map((name) => on.row(name)));
      assert.ok(left?.pid !== right?.pid && left?.address !== right?.address);
    }),

    clause('stop asks first, and kills who does not listen in time', ['launch', 'stop', 'logs'], async (on) => {
      await on.ok(
        'launch',
        on.image,
        'polite',
        '--',
        'sh',
        '-c',
        'trap "echo asked; exit 0" TERM; echo ready; while :; do sleep 0.05; done',
      );
      await on.ok('wait', 'polite', '--for', 'log:/ready/', '--timeout', '2m');
      assert.equal((await on.data<Deed[]>('stop', '--grace', '2m', 'polite'))[0]?.did, 'stopped');
      assert.match(await on.ok('logs', 'polite'), /asked\n$/);
      await on.ok('launch', on.image, 'deaf', '--', 'sh', '-c', 'trap "" TERM; echo ready; while :; do sleep 0.05; done');
      await on.ok('wait', 'deaf', '--for', 'log:/ready/', '--timeout', '2m');
      assert.equal((await on.data<Deed[]>('stop', '--grace', '300ms', 'deaf'))[0]?.did, 'killed');
      assert.equal(await on.phase('deaf'), 'stopped');
    }),

    clause('pause stands still, resume goes on', ['pause', 'resume', 'logs', 'list'], async (on) => {
      await on.ok('launch', on.image, 'still', '--', 'sh', '-c', 'while :; do echo tick; sleep 0.02; done');
      const ticks = async () => (await on.ok('logs', 'still')).length;
      await on.ok('wait', 'still', '--for', 'log:/tick/', '--timeout', '2m');
      await on.ok('pause', 'still');
      assert.equal(await on.phase('still'), 'paused');
      assert.match(await on.refused(125, 'exec', 'still', 'true'), /still is paused/);
      const frozen = await ticks();
      await sleep(300);
      assert.equal(await ticks(), frozen);
      await on.ok('resume', 'still');
      await on.eventually(async () => (await ticks()) > frozen);
    }),

    clause('a paused one can be deleted', ['pause', 'delete'], async (on) => {
      await on.hold(on.image, 'still');
      await on.ok('pause', 'still');
      await on.ok('delete', '--force', 'still');
      assert.deepEqual(await on.names(), []);
    }),
  ],
};
