/** What is an emulated machine's own: its computer, its disk, how its process is confined, how it ends, what can't be asked of it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Deed, EnvironmentDetail, Result, UsageRow } from '../../src/environment/command/index.ts';
import { provideMachines } from '../stage/machines.ts';
import { patienceMs } from '../stage/patience.ts';
import { below } from '../stage/processes.ts';
import { stage, whyNot } from '../stage/stage.ts';
import { assertCounted, counted, counting, furtherBy } from './counting.ts';

const skip = (await whyNot('emulation')) ?? false;
const alone = (await whyNot('os-level')) ?? (await whyNot('paravirtualization')) ?? (await whyNot('virtualization')) ?? false;

suite('an emulated machine', { skip, timeout: patienceMs }, () => {
  const here = stage();
  before(() => provideMachines(here));
  const inside = (name: string, script: string): Promise<string> => here.ok('exec', name, '--', 'sh', '-c', script);
  const shown = (name: string): Promise<EnvironmentDetail> => here.data<EnvironmentDetail>('show', name);

  test('is a computer of its own: kernel, processor, disk and network card, found by name and by published port', async () => {
    await here.ok('launch', '--technique', 'emulation', '--memory', '160M', '-p', `${port}:80`, 'busybox', 'own', '--', 'sh', '-c', main);
    assert.match(await inside('own', 'uname -r; cat /proc/cmdline; hostname'), /^\d+\.\d+\.\d+-\d+-cloud-amd64\n.*console=ttyS2.*\nown\n$/);
    assert.match(
      await inside('own', 'grep ^/dev/nvme0n1 /proc/mounts; ls /sys/class/net'),
      /^\/dev\/nvme0n1 \/ ext4 rw,[\s\S]*\neth0\nlo\n$/,
    );
    // A disk's own beside what the image has.
    const files = (await inside('own', 'ls /')).replace('lost+found\n', '');
    assert.equal(files, await here.ok('run', '--technique', 'os-level', 'busybox', '--', 'ls', '/'));
    await here.ok('exec', 'own', '--', 'sh', '-c', 'head -c 300000 /bin/busybox > /srv/part');
    assert.deepEqual(await fetched(`http://127.0.0.1:${port}/part`), readFileSync('/bin/busybox').subarray(0, 300_000));
    assert.match(await here.ok('run', '--technique', 'os-level', 'busybox', '--', 'wget', '-qO-', 'http://own/word'), /^by name\n$/);
    // By its sockets too: its kernel says that nobody listens there.
    const { sockets } = await shown('own');
    const asked = connect(String(sockets));
    asked.write('CONNECT 5000\n');
    assert.deepEqual(await asked.toArray(), []);
    // Each has a line of its own to the host.
    const said = await here.tell(['logs', 'own']);
    assert.deepEqual([said.stdout, said.stderr], ['begun\n', 'an error\n']);
  });

  test('is confined on the host: no process of it is the host’s root or has a file of it, and a filter stands before its system calls', async () => {
    const { pid, root } = await shown('own');
    assert.match(JSON.stringify(root), /disk/);
    const all = below(Number(pid));
    assert.ok(all.length >= 4, `${all}`);
    for (const one of all) {
      const status = readFileSync(`/proc/${one}/status`, 'utf8');
      assert.ok(Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]) > 65_535, status);
      assert.match(status, /^Seccomp:\s+2$/m);
      assert.match(status, /^NoNewPrivs:\s+1$/m);
      assert.match(status, /^CapBnd:\s+0000000000002000$/m);
      assert.ok(!readdirSync(`/proc/${one}/root`).includes('etc'));
    }
    // The computer's own: host/kernel/fence.host.test.ts tells what that refuses.
    const computer = all.find((one) => readFileSync(`/proc/${one}/cmdline`, 'latin1').startsWith('/machine/node\0'));
    assert.match(readFileSync(`/proc/${computer}/status`, 'latin1'), /^Seccomp_filters:\s+2$/m);
    await here.ok('delete', '--force', 'own');
  });

  test('shows directories of the host, each change at once to both, and what is only to be read also to whoever mounts the card himself', async () => {
    const shown = mkdtempSync(join(tmpdir(), 'isola-shown-'));
    try {
      writeFileSync(join(shown, 'file'), 'of the host\n');
      symlinkSync('/proc/sys/kernel/hostname', join(shown, 'link'));
      const words = ['--technique', 'emulation', '--memory', '160M', '-v', `${shown}:/srv/open`, '-v', `${shown}:/srv/closed:ro`];
      await here.ok('launch', '--hold', '--pids', '20', ...words, 'busybox', 'shows');
      const script = [
        'cd /srv; cat open/file open/link; echo inside > open/made; chown 1000:1001 open/made; chmod 640 open/made; cat closed/made',
        'mkdir m; mount -t virtiofs volumes m; ls m; touch m/1/never; touch m/never; cat m/0/made; ls m/0/../..; touch closed/never; ls closed',
      ];
      assert.equal(
        await inside('shows', `(${script.join('; ')}) 2>&1 | sed "s/^touch.*: /touch: /" | tr "\\n" " "`),
        'of the host shows inside 0 1 touch: Read-only file system touch: Read-only file system inside closed m open touch: Read-only file system file link made ',
      );
      const { uid, gid, mode } = statSync(join(shown, 'made'));
      assert.deepEqual([uid, gid, mode & 0o777, readFileSync(join(shown, 'made'), 'utf8')], [1000, 1001, 0o640, 'inside\n']);
      writeFileSync(join(shown, 'file'), 'another\n');
      rmSync(join(shown, 'made'));
      assert.equal(
        await inside('shows', 'cd /srv/open; cat file; ls; truncate -s 3M big; stat -c %s big; cat big | wc -c'),
        'another\nfile\nlink\n3145728\n3145728\n',
      );
    } finally {
      rmSync(shown, { recursive: true });
    }
  });

  test('has no more processes than it may, counts refusals, and root inside can’t lift that', async () => {
    const forks = 'for i in $(seq 40); do sleep 1 & done; wait';
    assert.match((await here.tell(['exec', 'shows', '--', 'sh', '-c', forks])).stderr, /can't fork/);
    // Those that were started are there for another second.
    while (((await here.data<UsageRow[]>('stats', 'shows'))[0]?.pids.used ?? 0) > 10) await sleep(100);
    const tries =
      'mount -t cgroup2 none /mnt; (echo max > /mnt/pids.max) 2>&1 | grep -c "not permitted"; cat /mnt/pids.max /proc/self/cgroup';
    assert.equal(await inside('shows', tries), '1\n20\n0::/isola\n');
    const [usage] = await here.data<UsageRow[]>('stats', 'shows');
    assert.ok(usage !== undefined && (usage.pids.hits ?? 0) > 0 && usage.pids.used < 20, JSON.stringify(usage));
    assert.equal(usage.pids.limit, 20);
    await here.ok('set', 'shows', '--pids', 'none');
    assert.equal((await here.tell(['exec', 'shows', '--', 'sh', '-c', forks])).stderr, '');
  });

  test('has less memory at once where it is to, gives the host what it had, and more again up to what it was switched on with', async () => {
    const used = async (): Promise<number> => ((await here.data<UsageRow[]>('stats', 'shows'))[0]?.memory.used ?? 0) / 1024 ** 2;
    const total = async (): Promise<number> => Number((await inside('shows', 'grep MemTotal /proc/meminfo')).match(/\d+/)?.[0]) / 1024;
    await inside('shows', 'mkdir /t; mount -t tmpfs none /t; head -c 70000000 /dev/zero > /t/x');
    const before = await used();
    assert.match(await here.refused(1, 'set', 'shows', '--memory', '64M'), /--memory 64 MiB is too small: [\d.]+ MiB are in use/);
    await inside('shows', 'rm /t/x');
    await here.ok('set', 'shows', '--memory', '96M');
    assert.ok((await total()) <= 97 && (await total()) > 85);
    assert.ok(before - (await used()) > 40, `${before} MiB became ${await used()}`);
    assert.match(
      await here.refused(1, 'set', 'shows', '--memory', '192M'),
      /the memory beyond what it was switched on with of shows can't change/,
    );
    assert.ok((await total()) <= 97);
    await here.ok('set', 'shows', '--memory', '160M');
    assert.ok((await total()) > 145);
  });

  test('whose kernel panics has ended for that, though it was told to stay as it is then', async () => {
    const crash = 'echo 0 > /proc/sys/kernel/panic; echo c > /proc/sysrq-trigger; sleep 100';
    assert.match(
      (await here.tell(['exec', 'shows', '--', 'sh', '-c', crash])).stderr,
      /shows ended while sh ran in it: its kernel gave up: sysrq triggered crash/,
    );
    const cause = { cause: 'panic', why: 'its kernel gave up: sysrq triggered crash' };
    const { exitCode, ...waited } = await here.data<Result<'wait'>>('wait', 'shows', '--timeout', '1m');
    assert.deepEqual([exitCode, waited.cause, waited.why], [1, cause.cause, cause.why]);
    assert.deepEqual((await shown('shows')).exit, { code: 1, signal: null, ...cause });
    assert.match(await here.ok('list', 'shows'), /stopped .* 1 panic\n/);
    await here.ok('delete', '--force', 'shows');
  });

  test('says what it has not got', async () => {
    for (const [words, why] of [
      [['--cap-add', 'SYS_ADMIN'], /root inside rules over a computer of its own/],
      [['--network', 'host'], /a computer has a network of its own/],
      [['--cpus', '2'], /an emulated computer has one processor/],
      [['--memory', '32M'], /nothing starts below 64 MiB/],
      [['--memory', '5G'], /has 3\.5 GiB at most/],
      [['--root', 'copy'], /its root file system is a disk/],
    ] as const)
      assert.match(await here.refused(125, 'run', '--technique', 'emulation', ...words, 'busybox', 'true'), why);
  });

  test('runs a command each time on the image’s disk as it is, as another machine: by name, by time, by its random numbers', async () => {
    const look =
      'ls /mark; echo mark > /mark; grep nvme /proc/mounts; wc -l < /etc/hosts; hostname; date +%s; head -c 16 /dev/urandom | md5sum';
    const ran = async (): Promise<readonly string[]> =>
      (await here.ok('run', '--technique', 'emulation', '--memory', '160M', 'busybox', '--', 'sh', '-c', `(${look}) 2>&1`)).split('\n');
    const [first, second] = [await ran(), await ran()];
    for (const [absent, mounted, hosts, , seconds] of [first, second]) {
      assert.deepEqual([absent, mounted, hosts], ['ls: /mark: No such file or directory', '/dev/nvme0n1 / ext4 rw,relatime 0 0', '3']);
      assert.ok(Math.abs(Number(seconds) - Date.now() / 1000) < 60);
    }
    for (const differing of [3, 5]) assert.notEqual(first[differing], second[differing]);
  });

  // Here, for what machines begin with takes its time to make, and is made by now.
  test('is what another environment becomes: from a directory to its disk, from one processor to another as it runs, and back', {
    skip: alone,
  }, async () => {
    await here.ok('launch', '--technique', 'os-level', '--hold', '--memory', '160M', '-p', `${port + 1}:7`, 'busybox', 'traveller');
    const files =
      'cd /root; echo kept > file; chown 33:44 file; chmod 4750 file; ln -s file link; ln file hard; mkfifo pipe; mkdir -m 1777 sub';
    await inside('traveller', `${files}; dd if=/dev/urandom of=big bs=64k count=50 2>/dev/null; mknod null c 1 3 2>/dev/null || true`);
    const look = 'cd /root; stat -c "%n %a %u %g %h %F %Y" file hard pipe link sub big; cat link; sha256sum big';
    const before = await inside('traveller', look);
    await here.ok('snapshot', 'create', 'traveller', 'earlier');
    assert.match(await here.refused(1, 'set', 'traveller', '--technique', 'virtualization'), /of what has snapshots/);
    await here.ok('snapshot', 'delete', 'traveller', 'earlier');

    assert.equal((await here.data<Deed[]>('set', 'traveller', '--technique', 'emulation'))[0]?.did, 'restarted');
    assert.deepEqual([(await shown('traveller')).technique, await inside('traveller', look)], ['emulation', before]);
    await inside('traveller', `echo more > /root/more; mknod /root/device c 1 3; nc -ll -p 7 -e cat & ${counting}`);
    // In the background it comes to that when it can.
    await inside('traveller', "until grep -q ':0007 ' /proc/net/tcp /proc/net/tcp6; do sleep 0.1; done");

    // As it runs: who counts misses nothing, and who is connected stays so.
    const echoed = connect(port + 1);
    const says = async (word: string): Promise<void> => {
      echoed.write(word);
      const [heard] = await once(echoed, 'data');
      assert.equal(String(heard), word);
    };
    await says('emulated');
    const live = (technique: string) => ['set', 'traveller', '--technique', technique, '--live'] as const;
    assert.match(await here.refused(2, ...live('virtualization'), '--cpus', '0.5'), /--live goes with --technique alone/);
    const taken = await here.tell(['-v', ...live('virtualization')]);
    assert.deepEqual([taken.code, taken.stdout.split(/ +/)[1]], [0, 'moved'], taken.stderr);
    assert.match(taken.stderr, /^traveller stood still for \d+\.\d ms$/m);
    await says('virtual');
    const { technique, processor, spec, sockets } = await shown('traveller');
    assert.deepEqual([technique, processor !== null && processor !== 'emulated'], ['virtualization', true]);
    assert.match(spec.techniqueReason, /^asked for: \S/);
    await inside('traveller', furtherBy(50));
    if (processor === 'direct') assert.match(await ordered(sockets, 'processor'), /^done direct \{"visits":[1-9]\d*,.*"lost":0\}$/);
    assert.equal((await here.data<Deed[]>(...live('emulation')))[0]?.did, 'moved');
    await says('back');
    echoed.destroy();
    assert.equal((await shown('traveller')).processor, 'emulated');
    assertCounted(await inside('traveller', counted));
    await here.ok('stop', 'traveller');
    assert.equal((await here.data<Deed[]>('set', 'traveller', '--technique', 'virtualization'))[0]?.did, 'set');
    assert.equal((await shown('traveller')).technique, 'virtualization');

    assert.match(await here.ok('set', 'traveller', '--technique', 'paravirtualization'), /traveller/);
    await here.ok('start', 'traveller');
    assert.deepEqual([(await shown('traveller')).technique, await inside('traveller', look)], ['paravirtualization', before]);
    assert.equal(await inside('traveller', 'cat /root/more; ls /root/device 2>/dev/null; true'), 'more\n');
    await here.ok('delete', '--force', 'traveller');
  });
});

const port = 18_391;

/** Its main command. */
const main = 'mkdir -p /srv; echo by name > /srv/word; echo begun; echo an error >&2; httpd -f -p 80 -h /srv';

/** What a machine's process answers at its control socket, which is beside that for its sockets. */
const ordered = async (sockets: string | null, order: string): Promise<string> => {
  const asked = connect(join(dirname(String(sockets)), 'control'));
  asked.write(`${order}\n`);
  const [said] = await once(asked, 'data');
  asked.destroy();
  return String(said).trim();
};

const fetched = (url: string): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    get(url, async (answer) => resolve(Buffer.concat(await answer.toArray()))).on('error', reject);
  });
