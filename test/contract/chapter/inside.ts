import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTerminal } from '../../stage/terminal.ts';
import { type Chapter, clause } from '../clause.ts';

export const inside: Chapter = {
  title: 'Commands inside',
  clauses: [
    clause('exec has streams and statuses of its own', ['exec'], async (on) => {
      const shared = await on.shared();
      assert.deepEqual(await on.isola('exec', shared, '--', 'sh', '-c', 'echo a; echo b >&2; exit 3'), {
        code: 3,
        stdout: 'a\n',
        stderr: 'b\n',
      });
      assert.equal((await on.isola('exec', shared, '--', 'sh', '-c', 'kill -TERM $$')).code, 143);
      assert.match(await on.refused(127, 'exec', shared, 'no-such-command'), /shared has no command no-such-command/);
    }),

    clause('exec takes a user, a working directory and variables', ['exec'], async (on) => {
      const shared = await on.shared();
      const options = ['-u', '65534', '-w', '/tmp', '-e', 'X=with a space'];
      assert.equal(await on.ok('exec', ...options, shared, '--', 'sh', '-c', 'id -u; pwd; echo "$X"'), '65534\n/tmp\nwith a space\n');
      assert.match(await on.refused(125, 'exec', '-u', 'nobody-here', shared, 'id'), /nobody-here/);
    }),

    clause('what was asked for at its launch holds for exec too', ['launch', 'exec'], async (on) => {
      await on.hold('-e', 'GREETING=hello', '-w', '/tmp', '--hostname', 'elsewhere', on.image, 'asked');
      assert.equal(await on.inside('asked', 'echo $GREETING; pwd; hostname'), 'hello\n/tmp\nelsewhere\n');
    }),

    clause('exec is ended when its time is over, and does not go on inside', ['exec'], async (on) => {
      const shared = await on.shared();
      const line = ['exec', '--timeout', '400ms', shared, '--', 'sleep', '1001'];
      assert.match(await on.refused(124, ...line), /took longer than 400 ms/);
      await on.eventually(async () => !/sleep 1001/.test(await on.ok('exec', shared, 'ps')));
    }),

    clause('exec hands bytes on as they are, in and out', ['exec'], async (on) => {
      const shared = await on.shared();
      const input = Buffer.from(Array.from({ length: 500_000 }, (_, index) => (index * 11 + (index >> 8)) & 0xff));
      const told = await on.tell(['exec', shared, '--', 'sh', '-c', 'tee /root/bytes | sha256sum; rm /root/bytes'], { input });
      assert.equal(told.stdout.split(' ')[0], createHash('sha256').update(input).digest('hex'));
    }),

    clause('exec refuses what is not running', ['exec'], async (on) => {
      await on.hold('--no-start', on.image, 'idle');
      assert.match(await on.refused(125, 'exec', 'idle', 'true'), /idle is stopped/);
    }),

    clause('on a terminal exec gives a terminal of its size, and follows its changes; elsewhere none', ['exec'], async (on) => {
      const shared = await on.shared();
      assert.equal((await on.isola('exec', shared, '--', 'sh', '-c', 'tty || true')).stdout, 'not a tty\n');
      const watch = 'stty size; i=0; while [ "$(stty size)" = "33 77" ] && [ $i -lt 200 ]; do i=$((i + 1)); sleep 0.1; done; stty size';
      const out = await onTerminal(on.stage, on.line(['exec', shared, '--', 'sh', '-c', watch]), {
        size: [33, 77],
        reaction: { seen: '33 77', size: [44, 55] },
      });
      assert.match(out, /33 77\r\n[\s\S]*44 55\r\n/);
    }),

    clause('Ctrl-C on a terminal reaches the command inside', ['exec'], async (on) => {
      const shared = await on.shared();
      const script = 'trap "echo caught; exit 9" INT; echo ready; while :; do sleep 0.05; done';
      const out = await onTerminal(on.stage, on.line(['exec', '-t', shared, '--', 'sh', '-c', script]), {
        size: [24, 80],
        reaction: { seen: 'ready', keys: '\x03' },
      });
      assert.match(out, /caught\r\n[\s\S]*status 9/);
    }),

    clause('shell reads commands, as the user asked for', ['shell'], async (on) => {
      const shared = await on.shared();
      const told = await on.tell(['shell', '-u', '65534', '-w', '/tmp', shared], { input: 'echo $((6 * 7)); id -u; pwd; exit 4\n' });
      assert.deepEqual([told.code, told.stdout], [4, '42\n65534\n/tmp\n']);
    }),

    clause('volumes show host files, to be changed or only read', ['launch', 'exec', 'show'], async (on) => {
      const here = mkdtempSync(join(tmpdir(), 'isola-volume-'));
      try {
        writeFileSync(join(here, 'file'), 'from the host\n');
        await on.hold('-v', `${here}:/open`, '-v', `${here}:/closed:ro`, '-v', `${here}/file:/etc/one:ro`, on.image, 'volumes');
        assert.equal(await on.inside('volumes', 'cat /open/file /etc/one'), 'from the host\nfrom the host\n');
        await on.inside('volumes', 'echo inside > /open/made; cat /closed/made');
        assert.ok(existsSync(join(here, 'made')));
        const denied = await on.isola('exec', 'volumes', '--', 'sh', '-c', 'touch /closed/never; echo > /etc/one');
        assert.notEqual(denied.code, 0);
        assert.ok(!existsSync(join(here, 'never')));
        assert.equal(await on.inside('volumes', 'cat /etc/one'), 'from the host\n');
        assert.equal((await on.show('volumes')).spec.volumes.length, 3);
        assert.match(await on.refused(125, 'run', '-v', `${here}/no-such:/v`, on.image, 'true'), /there is no .*no-such/);
      } finally {
        rmSync(here, { recursive: true, force: true });
      }
    }),
  ],
};
