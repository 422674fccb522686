import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { onTerminal, untilSized } from '../../stage/terminal.ts';
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

    clause('exec is ended when its time is over, with all it started', ['exec'], async (on) => {
      const shared = await on.shared();
      const line = ['exec', '--timeout', '400ms', shared, '--', 'sh', '-c', 'sleep 1001 & sleep 1002; true'];
      assert.match(await on.refused(124, ...line), /took longer than 400 ms/);
      await on.eventually(async () => !/sleep 100/.test(await on.ok('exec', shared, 'ps')));
    }),

    clause('exec without standard input reads nothing', ['exec'], async (on) => {
      const told = await on.tell(['exec', '--no-stdin', await on.shared(), '--', 'wc', '-c'], { input: 'ignored' });
      assert.deepEqual([told.code, told.stdout], [0, '0\n']);
    }),

    clause('many commands at once don’t mix', ['exec'], async (on) => {
      const box = await (await on.library()).get(await on.shared());
      const numbers = Array.from({ length: 12 }, (_, index) => index);
      const said = await Promise.all(numbers.map((index) => box.exec(['sh', '-c', `echo ${index}; exit ${index}`])));
      assert.deepEqual(
        said.map(({ stdout, exitCode }) => [stdout, exitCode]),
        numbers.map((index) => [`${index}\n`, index]),
      );
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
      assert.match(await on.refused(125, 'exec', '-t', shared, 'tty'), /--tty wants a terminal at standard input/);
      const watch = `${untilSized([33, 77])}; stty size; ${untilSized([44, 55])}; stty size`;
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

    clause('what programs expect is there: devices, file systems, a clock that is right', ['exec'], async (on) => {
      const shared = await on.shared();
      const script = [
        'head -c 3 /dev/zero | wc -c; head -c 16 /dev/urandom | wc -c; echo x > /dev/null; : > /dev/shm/file; rm /dev/shm/file',
        'for f in full tty ptmx fd stdin; do [ -e /dev/$f ] || echo no /dev/$f; done',
        'for m in /proc /sys /dev /dev/pts; do grep -q " $m " /proc/mounts || echo no $m; done',
        'echo x > /tmp/file; stat -c %a /tmp; cat /proc/1/comm > /dev/null; date -u +%s',
      ];
      const before = Math.floor(Date.now() / 1000);
      const lines = (await on.inside(shared, script.join('\n'))).trim().split('\n');
      assert.deepEqual(lines.slice(0, -1), ['3', '16', '1777']);
      const seconds = Number(lines.at(-1));
      assert.ok(seconds >= before - 1 && seconds <= Date.now() / 1000 + 1, `its clock says ${seconds}, the host’s ${before}`);
    }),
  ],
};
