/** What is an emulated machine's own: its computer, its disk, how its process is confined, how it ends, what can't be asked of it. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { suite, test } from 'node:test';
import type { EnvironmentDetail } from '../../src/environment/command/index.ts';
import { stage, whyNot } from '../stage/stage.ts';

const skip = (await whyNot('emulation')) ?? false;

suite('an emulated machine', { skip, timeout: 300_000 }, () => {
  const here = stage();
  const inside = (name: string, script: string): Promise<string> => here.ok('exec', name, '--', 'sh', '-c', script);

  test('is a computer of its own: kernel, processor, disk and network card, found by name and by published port', async () => {
    await here.ok('launch', '--technique', 'emulation', '--memory', '160M', '-p', `${port}:80`, 'busybox', 'own', '--', 'sh', '-c', main);
    assert.match(await inside('own', 'uname -r; cat /proc/cmdline; hostname'), /^\d+\.\d+\.\d+-\d+-cloud-amd64\n.*console=ttyS0.*\nown\n$/);
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
    // Each has a line of its own to the host.
    const said = await here.tell(['logs', 'own']);
    assert.deepEqual([said.stdout, said.stderr], ['begun\n', 'an error\n']);
  });

  test('is confined on the host: no process of it is the host’s root or has a file of it, and a filter stands before its system calls', async () => {
    const { pid } = await here.data<EnvironmentDetail>('show', 'own');
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
  });

  test('keeps what was written through a stop, an end by force, a snapshot and a clone', async () => {
    await inside('own', 'echo first > /srv/kept');
    await here.ok('snapshot', 'create', 'own', 'one');
    await inside('own', 'echo second > /srv/kept');
    await here.ok('stop', '--force', 'own');
    assert.match(await here.ok('cp', 'own:/srv/kept', '-'), /second\n/);
    await here.ok('clone', 'own/one', 'other', '--start');
    assert.equal(await inside('other', 'cat /srv/kept; hostname; cat /proc/sys/kernel/random/boot_id | wc -c'), 'first\nother\n37\n');
    await here.ok('stop', 'other');
    const { root } = await here.data<EnvironmentDetail>('show', 'other');
    assert.match(JSON.stringify(root), /disk/);
    await here.ok('delete', '--force', 'own', 'other');
  });

  test('says what it has not got', async () => {
    for (const [words, why] of [
      [['--volume', '/srv:/srv'], /has a disk of its own and sees none of the host’s directories/],
      [['--cap-add', 'SYS_ADMIN'], /root inside rules over a computer of its own/],
      [['--network', 'host'], /a computer has a network of its own/],
      [['--pids', '20'], /processes inside are its own kernel’s/],
      [['--cpus', '2'], /an emulated computer has one processor/],
      [['--memory', '64M'], /nothing starts below 96 MiB/],
      [['--memory', '5G'], /has 3\.5 GiB at most/],
      [['--root', 'copy'], /its root file system is a disk/],
    ] as const)
      assert.match(await here.refused(125, 'run', '--technique', 'emulation', ...words, 'busybox', 'true'), why);
  });
});

const port = 18_391;

/** Its main command. */
const main = 'mkdir -p /srv; echo by name > /srv/word; echo begun; echo an error >&2; httpd -f -p 80 -h /srv';

const fetched = (url: string): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    get(url, async (answer) => resolve(Buffer.concat(await answer.toArray()))).on('error', reject);
  });

/** A process and all that it has started. */
const below = (pid: number): readonly number[] => [
  pid,
  ...readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter((word) => word !== '')
    .flatMap((child) => below(Number(child))),
];
