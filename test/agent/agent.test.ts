/** The agent, asked by isola's own side of the conversation. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { suite, test } from 'node:test';
import { AgentDamage, AgentRefused, StartRefused } from '../../src/agent/index.ts';
import { buildAgent } from '../../tools/build-guest.ts';
import { patienceMs } from '../stage/patience.ts';
import { order, realAgent, text } from './real-agent.ts';

const skip =
  process.getuid?.() !== 0
    ? 'the agent changes its user, which takes root'
    : spawnSync('musl-gcc', ['--version']).error !== undefined
      ? 'musl-tools is not installed'
      : false;

suite('the agent', { skip, timeout: patienceMs }, () => {
  test('is small enough to be carried into any guest', () => {
    assert.ok(statSync(buildAgent()).size < 300_000);
  });

  test('runs a command with its own streams and status', async () => {
    await using agent = await realAgent();
    const running = await agent.session.start(order(['sh', '-c', 'echo out; echo err >&2; exit 7']));
    const [out, err, exit] = await Promise.all([text(running.stdout), text(running.stderr), running.exit]);
    assert.deepEqual([out, err, exit], ['out\n', 'err\n', { code: 7, signal: null }]);
  });

  test('says which signal ended a command, and sends one', async () => {
    await using agent = await realAgent();
    const running = await agent.session.start(order(['sleep', '1000']));
    running.signal('SIGTERM');
    assert.deepEqual(await running.exit, { code: 143, signal: 'SIGTERM' });
  });

  test('hands megabytes on both ways, bit for bit, however slowly they are read', async () => {
    await using agent = await realAgent();
    const bytes = randomBytes(5_000_000);
    const running = await agent.session.start(order(['sh', '-c', 'sleep 0.2; cat']));
    const hash = createHash('sha256');
    const reading = (async () => {
      for await (const chunk of running.stdout) {
        hash.update(chunk);
        if (Math.random() < 0.05) await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    await running.stdin.write(bytes);
    await running.stdin.end();
    await Promise.all([reading, running.exit]);
    assert.equal(hash.digest('hex'), createHash('sha256').update(bytes).digest('hex'));
  });

  test('lets a command wait whose output nobody reads, and no other one', async () => {
    await using agent = await realAgent();
    const unread = await agent.session.start(order(['sh', '-c', 'yes | head -c 10000000; echo done >&2']));
    for (let n = 0; n < 20; n++) {
      const other = await agent.session.start(order(['echo', String(n)]));
      assert.equal(await text(other.stdout), `${n}\n`);
    }
    assert.equal((await text(unread.stdout)).length, 10_000_000);
    assert.equal(await text(unread.stderr), 'done\n');
  });

  test('runs a hundred commands at once', async () => {
    await using agent = await realAgent();
    const statuses = await Promise.all(
      Array.from({ length: 100 }, async (_, n) => {
        const running = await agent.session.start(order(['sh', '-c', `echo ${n}; exit ${n}`]));
        const [out, { code }] = await Promise.all([text(running.stdout), running.exit]);
        return [out.trim(), code];
      }),
    );
    assert.deepEqual(
      statuses,
      Array.from({ length: 100 }, (_, n) => [String(n), n]),
    );
  });

  test('tells where a start failed', async () => {
    await using agent = await realAgent();
    const refusal = async (what: Parameters<typeof order>) => {
      try {
        await agent.session.start(order(...what));
      } catch (error) {
        if (error instanceof StartRefused) return [error.stage, error.errno];
        throw error;
      }
      return 'nothing was refused';
    };
    const [enoent, eacces, enotdir] = [2, 13, 20];
    assert.deepEqual(await refusal([['no-such-command']]), ['command', enoent]);
    assert.deepEqual(await refusal([['/etc/passwd']]), ['command', eacces]);
    assert.deepEqual(await refusal([['true'], { workdir: '/no-such-folder' }]), ['directory', enoent]);
    assert.deepEqual(await refusal([['true'], { workdir: '/etc/passwd' }]), ['directory', enotdir]);
    assert.deepEqual(await refusal([['true'], { user: 'nobody-by-this-name' }]), ['user', enoent]);
    assert.deepEqual(await refusal([['true'], { tool: true }]), ['command', enoent]);
  });

  test('knows users and groups by name and by number, with all their groups', async () => {
    await using agent = await realAgent();
    const ids = async (user: string) => text((await agent.session.start(order(['sh', '-c', 'id -u; id -g; echo $HOME'], { user }))).stdout);
    assert.equal(await ids('daemon'), `1\n1\n/usr/sbin\n`);
    assert.equal(await ids('nobody:daemon'), '65534\n1\n/nonexistent\n');
    assert.equal(await ids('12345'), '12345\n0\n/\n');
    assert.equal(await ids('12345:54321'), '12345\n54321\n/\n');
    const groups = await text((await agent.session.start(order(['id', '-G'], { user: 'nobody' }))).stdout);
    assert.equal(groups, spawnSync('id', ['-G', 'nobody'], { encoding: 'utf8' }).stdout);
  });

  test('gives what was said of variables and directory, and a PATH and a HOME where nothing was', async () => {
    await using agent = await realAgent();
    const env = { GREETING: 'good day', EMPTY: '', PATH: '/bin' };
    const running = await agent.session.start(
      order(['sh', '-c', 'pwd; echo $GREETING; env | grep -c EMPTY; echo $PATH'], { env, workdir: '/tmp' }),
    );
    assert.equal(await text(running.stdout), '/tmp\ngood day\n1\n/bin\n');
    const bare = await agent.session.start(order(['sh', '-c', 'echo $PATH $HOME']));
    assert.equal(await text(bare.stdout), '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /root\n');
  });

  test('gives a command a terminal of its root’s, which changes its size', async () => {
    await using agent = await realAgent();
    const script = 'tty >&2; stty size; read line; stty size; echo "$line"';
    const running = await agent.session.start(order(['sh', '-c', script], { terminal: { columns: 100, rows: 40 } }));
    let out = '';
    for await (const chunk of running.stdout) {
      const isFirst = !out.includes('40 100');
      out += Buffer.from(chunk).toString();
      if (!isFirst || !out.includes('40 100')) continue;
      running.resize({ columns: 33, rows: 11 });
      await running.stdin.write(Buffer.from('typed\r'));
    }
    assert.match(out, /^\/dev\/pts\/\d+\r\n40 100\r\ntyped\r\n11 33\r\ntyped\r\n$/);
  });

  test('ends a terminal’s input with its key', async () => {
    await using agent = await realAgent();
    const running = await agent.session.start(order(['cat'], { terminal: { columns: 80, rows: 24 } }));
    const out = text(running.stdout);
    await running.stdin.write(Buffer.from('line\r'));
    await running.stdin.end();
    assert.equal((await running.exit).code, 0);
    assert.match(await out, /line\r\n/);
  });

  test('ends with its process what a command left running with its streams', async () => {
    await using agent = await realAgent();
    const running = await agent.session.start(order(['sh', '-c', 'sleep 30 & echo begun']));
    assert.equal(await text(running.stdout), 'begun\n');
    assert.equal((await running.exit).code, 0);
  });

  test('runs the program it carries, whatever the guest has', async () => {
    await using agent = await realAgent('--tool', '/bin/busybox');
    const running = await agent.session.start(order(['busybox', 'echo', 'carried'], { tool: true }));
    assert.equal(await text(running.stdout), 'carried\n');
  });

  test('tells how the guest is', async () => {
    await using agent = await realAgent();
    const stats = await agent.session.stats();
    const total = Number(/^MemTotal:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]) * 1024;
    assert.equal(stats['memory-total'], total);
    assert.ok((stats['processes'] ?? 0) > 0 && (stats['disk-total'] ?? 0) > 0 && (stats['uptime-seconds'] ?? 0) > 0);
    assert.equal(typeof stats['oom-kills'], 'number');
    // This one has no group of its own to count them in, nor to limit them.
    assert.equal(stats['pids-used'], undefined);
    await assert.rejects(agent.session.limitPids(100), AgentRefused);
  });

  test('kills what nobody listens to any more', async () => {
    await using agent = await realAgent();
    const running = await agent.session.start(order(['sleep', '1000']));
    running.close();
    assert.equal((await running.exit).signal, 'SIGKILL');
  });

  test('ends a client’s commands when it is gone, and no others', async () => {
    await using agent = await realAgent();
    using other = await agent.connect();
    const lost = await agent.session.start(order(['sleep', '1000']));
    const kept = await other.session.start(order(['sh', '-c', 'sleep 0.5; echo kept']));
    lost.exit.catch(() => {});
    agent.socket.destroy();
    // By its number among the agent's processes, which the relay starts in a namespace.
    const look = `for n in $(seq 1000); do kill -0 ${lost.pid} || exec echo gone; sleep 0.02; done; echo there`;
    assert.equal(await text((await other.session.start(order(['sh', '-c', look]))).stdout), 'gone\n');
    assert.equal(await text(kept.stdout), 'kept\n');
  });

  test('begins anew when the host says what is no frame: the session ends, the agent does not', async () => {
    await using agent = await realAgent();
    const running = await agent.session.start(order(['sleep', '1000']));
    agent.socket.write('what is no frame');
    await assert.rejects(running.exit, AgentDamage);
    assert.equal(agent.relay.exitCode, null);
  });
});
