/** The agent as the first process of a real guest: User-Mode Linux. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { type AgentSession, GuestEnded } from '../../src/agent/index.ts';
import { until } from '../../src/host/program/processes.ts';
import { patienceMs } from '../stage/patience.ts';
import { order, text } from './real-agent.ts';
import { bootGuest, type Guest, guestsLeft, whyNoUml } from './uml.ts';

const output = async (session: AgentSession, ...command: string[]): Promise<string> => {
  const running = await session.start(order(command));
  const [out, err] = await Promise.all([text(running.stdout), text(running.stderr)]);
  return out + err;
};

const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Says bytes to a `cat` inside; the hash of what it says in turn. */
const echoed = async (session: AgentSession, bytes: Uint8Array): Promise<string> => {
  const running = await session.start(order(['cat']));
  const hash = createHash('sha256');
  const reading = (async () => {
    for await (const chunk of running.stdout) hash.update(chunk);
  })();
  await running.stdin.write(bytes);
  await running.stdin.end();
  await Promise.all([reading, running.exit]);
  return hash.digest('hex');
};

const whyItEnds = async (guest: Guest): Promise<string> => {
  const ending = guest.session.ready.then(() => guest.session.start(order(['sleep', '1000']))).then((running) => running.exit);
  return ending.then(
    () => 'it did not end',
    (error: unknown) => (error instanceof GuestEnded ? error.message : String(error)),
  );
};

suite('a guest of User-Mode Linux', { skip: whyNoUml(), timeout: patienceMs }, () => {
  test('that the agent holds has its root, its name and its files, and no sight of the line', async () => {
    await using guest = await bootGuest();
    const { session } = guest;
    assert.equal(await output(session, 'hostname'), 'tested\n');
    assert.equal(await output(session, 'cat', '/etc/resolv.conf', '/etc/hosts'), 'nameserver 192.0.2.1\n127.0.0.1 localhost\n');
    assert.doesNotMatch(await output(session, 'ip', 'link'), /vec1/);
    assert.match(await output(session, 'mount'), /^\/dev\/ubda on \/ type ext4 \(rw/m);
    assert.match(await output(session, 'sh', '-c', 'mount -t tmpfs x /tmp && mount'), /^x on \/tmp type tmpfs/m);
    const before = Date.now() / 1000;
    const now = Number(await output(session, 'date', '+%s'));
    assert.ok(now > before - 3 && now < Date.now() / 1000 + 3, `it is ${now} there`);
    const terminal = await session.start(order(['tty'], { terminal: { columns: 80, rows: 24 } }));
    assert.match(await text(terminal.stdout), /^\/dev\/pts\/\d+\r\n$/);
    assert.ok(((await session.stats())['disk-total'] ?? 0) > 200e6);
    await session.shutDown('kindly');
    assert.deepEqual(await once(guest.relay, 'exit'), [0, null]);
    assert.equal(guestsLeft(), '');
  });

  test('takes bursts of a megabyte both ways on several channels of several clients at once', async () => {
    await using guest = await bootGuest();
    using second = await guest.connect();
    const all = [guest.session, guest.session, guest.session, second.session, second.session].map(async (session) => {
      const bytes = randomBytes(1 << 20);
      assert.equal(await echoed(session, bytes), sha(bytes));
    });
    await Promise.all(all);
  });

  test('serves three clients, of which one is killed in the middle of its bytes', async () => {
    await using guest = await bootGuest();
    await guest.session.ready;
    const module = join(import.meta.dirname, 'real-agent.ts');
    const script = `import { connectTo, order } from ${JSON.stringify(module)};
      const { session } = await connectTo(${JSON.stringify(guest.path)});
      const running = await session.start(order(['sh', '-c', 'echo $$ > /tmp/pid; cat']));
      console.log('begun');
      for (;;) await running.stdin.write(new Uint8Array(100_000));`;
    const killed = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    using other = await guest.connect();
    const bytes = randomBytes(3_000_000);
    const echoes = [echoed(guest.session, bytes), echoed(other.session, bytes)];
    await once(killed.stdout, 'data');
    await new Promise((resolve) => setTimeout(resolve, 200));
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    assert.deepEqual(await Promise.all(echoes), [sha(bytes), sha(bytes)]);
    const alive = 'for n in $(seq 300); do test -d /proc/$(cat /tmp/pid) || exec echo gone; sleep 0.1; done; echo there';
    assert.equal(await output(other.session, 'sh', '-c', alive), 'gone\n');
  });

  test('that is killed in the middle tells its clients so, and leaves nothing', async () => {
    const guest = await bootGuest();
    await using _ = guest;
    await guest.session.ready;
    const ending = whyItEnds(guest);
    await output(guest.session, 'true');
    guest.relay.kill('SIGTERM');
    assert.match(await ending, /the machine has ended|its line has ended/);
    assert.equal(guestsLeft(), '');
  });

  test('whose relay is killed goes with it', async () => {
    await using guest = await bootGuest();
    await guest.session.ready;
    guest.relay.kill('SIGKILL');
    await once(guest.relay, 'exit');
    await until(() => guestsLeft() === '', 60_000);
    assert.equal(guestsLeft(), '');
  });

  test('that panics tells its clients that it has ended', async () => {
    await using guest = await bootGuest({ more: ['panic=-1'] });
    const ending = whyItEnds(guest);
    await guest.session.ready;
    void output(guest.session, 'sh', '-c', 'echo c > /proc/sysrq-trigger').catch(() => {});
    assert.match(await ending, /has ended/);
    assert.equal(guestsLeft(), '');
  });

  test('without an init where one was wanted says so on its console and to its clients', async () => {
    await using guest = await bootGuest({ init: { command: ['/sbin/init'] } });
    const why = 'its root file system has no init at /sbin/init: No such file or directory';
    assert.equal(await whyItEnds(guest), why);
    assert.match(guest.console(), new RegExp(`^isola: ${why}`, 'm'));
    assert.doesNotMatch(guest.console(), /panic/i);
  });

  test('boots the init of its root, which ends when it is asked', async () => {
    const prepare = (root: string): void => {
      symlinkSync('../bin/busybox', join(root, 'sbin/init'));
      writeFileSync(join(root, 'etc/inittab'), '::sysinit:/bin/touch /tmp/booted\n');
      unlinkSync(join(root, 'etc/hosts'));
      symlinkSync('/run/nowhere', join(root, 'etc/hosts'));
    };
    await using guest = await bootGuest({ init: { command: ['/sbin/init'], env: { container: 'isola' } }, prepare });
    const { session } = guest;
    assert.match(await output(session, 'ps'), /^ +1 root +(\/sbin\/)?init/m);
    assert.match(await output(session, 'ps'), /@init/);
    assert.match(await output(session, 'sh', '-c', 'sleep 0.2; ls /tmp'), /booted/);
    assert.match(await output(session, 'sh', '-c', 'tr "\\0" "\\n" < /proc/1/environ'), /^container=isola$/m);
    assert.equal(await output(session, 'cat', '/etc/hosts'), '127.0.0.1 localhost\n');
    assert.doesNotMatch(await output(session, 'ip', 'link'), /vec1/);
    await session.shutDown('kindly');
    assert.deepEqual(await once(guest.relay, 'exit'), [0, null]);
  });

  test('has its files on a root that nobody may write, too', async () => {
    await using guest = await bootGuest({ readOnly: true });
    assert.equal(await output(guest.session, 'cat', '/etc/resolv.conf'), 'nameserver 192.0.2.1\n');
    assert.match(await output(guest.session, 'touch', '/x'), /Read-only file system/);
  });
});
