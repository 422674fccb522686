import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { EnvironmentRow } from '../../../src/environment/command/index.ts';
import { type Chapter, clause } from '../clause.ts';

export const run: Chapter = {
  title: 'One command',
  clauses: [
    clause('run prints what the command prints, and leaves nothing behind', ['run', 'list'], async (on) => {
      const told = await on.isola('run', on.image, '--', 'sh', '-c', 'echo out; echo err >&2');
      assert.deepEqual(told, { code: 0, stdout: 'out\n', stderr: 'err\n' });
      assert.deepEqual(await on.data<EnvironmentRow[]>('list'), []);
    }),

    clause('run ends with the command’s own status, also when a signal ended it', ['run'], async (on) => {
      assert.equal((await on.isola('run', on.image, '--', 'sh', '-c', 'exit 7')).code, 7);
      assert.equal((await on.isola('run', on.image, '--', 'sh', '-c', 'kill -TERM $$')).code, 143);
    }),

    clause('run hands standard input on, byte for byte', ['run'], async (on) => {
      const input = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7 + (index >> 8)) & 0xff));
      const told = await on.tell(['run', on.image, '--', 'sha256sum'], { input });
      assert.equal(told.stdout.split(' ')[0], createHash('sha256').update(input).digest('hex'));
    }),

    clause('a missing command is 127, one without permission 126, each with a sentence', ['run'], async (on) => {
      assert.match(await on.refused(127, 'run', on.image, '--', 'no-such-command'), /has no command no-such-command/);
      assert.match(
        await on.refused(126, 'run', on.image, '--', '/etc/passwd'),
        /\/etc\/passwd .* can't be executed: it has no execute permission/,
      );
    }),

    clause('a command that takes too long is ended with 124', ['run'], async (on) => {
      assert.match(await on.refused(124, 'run', '--timeout', '300ms', on.image, '--', 'sleep', '60'), /took longer than 300 ms/);
      assert.deepEqual(await on.names(), []);
    }),

    clause('environment variables, working directory, user and host name are as asked', ['run'], async (on) => {
      const options = ['-e', 'GREETING=good day', '-w', '/tmp', '-u', '65534:65534', '--hostname', 'elsewhere'];
      const out = await on.ok('run', ...options, on.image, '--', 'sh', '-c', 'echo $GREETING; pwd; id -u; id -g; hostname');
      assert.deepEqual(out.trim().split('\n'), ['good day', '/tmp', '65534', '65534', 'elsewhere']);
    }),

    clause('run --keep leaves its environment, stopped, with its files', ['run', 'list', 'cp'], async (on) => {
      await on.ok('run', '--keep', '--name', 'kept', on.image, '--', 'sh', '-c', 'echo result > /root/result');
      assert.equal(await on.phase('kept'), 'stopped');
      assert.match(await on.ok('cp', 'kept:/root/result', '-'), /result\n/);
    }),

    clause('what is wrong is refused before anything is made', ['run', 'launch', 'show', 'list'], async (on) => {
      const { image } = on;
      assert.match(await on.refused(125, 'run', 'no-such-image', 'true'), /no image is called no-such-image/);
      assert.match(await on.refused(2, 'lunch', image), /did you mean isola launch\?/);
      assert.match(await on.refused(2, 'launch', image, 'Bad_Name'), /"Bad_Name" can't be a name/);
      assert.match(await on.refused(2, 'launch', image, 'twice', 'twice'), /a name is given twice/);
      assert.match(await on.refused(2, 'launch', '--technique', 'magic', image), /--technique can't be "magic"/);
      const there = await on.shared();
      assert.match(await on.refused(1, 'launch', image, there), /an environment called shared is there already/);
      assert.match(await on.refused(1, 'show', 'share'), /did you mean shared\?/);
      assert.deepEqual(await on.names(), []);
    }),
  ],
};
