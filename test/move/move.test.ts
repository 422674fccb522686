/** The same environment under one technique and then another. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Deed, EnvironmentDetail } from '../../src/environment/command/index.ts';
import { Stage, whyNot } from '../stage/stage.ts';

const missing = (await whyNot('os-level')) ?? (await whyNot('paravirtualization'));
const skip = missing ?? false;
const stage = new Stage();
test.after(async () => {
  if (missing === undefined) await stage.leave();
});

const inside = (name: string, script: string): Promise<string> => stage.ok('exec', name, '--', 'sh', '-c', script);
const shown = (name: string): Promise<EnvironmentDetail> => stage.data<EnvironmentDetail>('show', name);

test('an environment moves to a kernel of its own and back, and loses nothing', { skip }, async () => {
  const port = 20_000 + (process.pid % 20_000);
  await stage.ok('launch', '--technique', 'os-level', '--hold', '-p', `${port}:80`, 'busybox', 'mover');
  await inside(
    'mover',
    'mkdir -p /srv/www; echo kept > /srv/www/index.html; chown 33:44 /srv/www/index.html; chmod 640 /srv/www/index.html',
  );
  await inside('mover', 'ln -s index.html /srv/www/link; mkfifo /srv/fifo; ln /srv/www/index.html /srv/hard');
  await stage.ok('snapshot', 'create', 'mover', 'before');
  const look = 'cd /srv; stat -c "%n %a %u %g %h %F" www/index.html hard fifo www/link; cat www/link';
  const [before, kernel] = [await inside('mover', look), await inside('mover', 'uname -r')];
  const { address } = await shown('mover');
  assert.match(
    await stage.refused(1, 'set', 'mover', '--technique', 'paravirtualization', '--live'),
    /a move to paravirtualization as it runs/,
  );
  assert.match(await stage.refused(2, 'set', 'mover', '--live'), /give --technique, too/);

  assert.equal((await stage.data<Deed[]>('set', 'mover', '--technique', 'paravirtualization'))[0]?.did, 'restarted');
  const there = await shown('mover');
  assert.deepEqual([there.technique, there.phase, there.address], ['paravirtualization', 'running', address]);
  assert.notEqual(await inside('mover', 'uname -r'), kernel);
  assert.equal(await inside('mover', look), before);
  await inside('mover', 'echo more > /srv/more; httpd -h /srv/www');
  assert.equal(await (await fetch(`http://127.0.0.1:${port}/link`)).text(), 'kept\n');

  await stage.ok('stop', 'mover');
  assert.equal((await stage.data<Deed[]>('set', 'mover', '--technique', 'os-level'))[0]?.phase, 'stopped');
  await stage.ok('start', 'mover');
  assert.deepEqual([await inside('mover', 'uname -r'), await inside('mover', look)], [kernel, before]);
  assert.equal(await inside('mover', 'cat /srv/more'), 'more\n');
  await stage.ok('snapshot', 'restore', '--force', 'mover', 'before');
  assert.equal(await inside('mover', 'ls /srv'), 'fifo\nhard\nwww\n');
  await stage.ok('delete', '--force', 'mover');
});

test('what the other technique can’t do is refused, and what runs goes on undisturbed', { skip }, async () => {
  await stage.ok('launch', '--technique', 'os-level', '--hold', '--cap-add', 'CAP_SYS_TIME', 'busybox', 'stays');
  const { pid } = await shown('stays');
  assert.match(await stage.refused(1, 'set', 'stays', '--technique', 'paravirtualization'), /doesn't offer --cap-add and --cap-drop/);
  assert.match(await stage.refused(1, 'set', 'stays', '--technique', 'emulation'), /doesn't offer --cap-add|does not work on this host/);
  assert.equal((await shown('stays')).pid, pid);
  assert.equal((await stage.data<Deed[]>('set', 'stays', '--technique', 'os-level'))[0]?.did, 'unchanged');
  await stage.ok('delete', '--force', 'stays');
});

const without = missing ?? (await whyNot('virtualization')) ?? false;
test('an environment moves to a computer’s disk, from one processor to another, and back', { skip: without }, async () => {
  await stage.ok('launch', '--technique', 'os-level', '--hold', '--network', 'none', 'busybox', 'traveller');
  const files =
    'cd /root; echo kept > file; chown 33:44 file; chmod 4750 file; ln -s file link; ln file hard; mkfifo pipe; mkdir -m 1777 sub';
  await inside('traveller', `${files}; dd if=/dev/urandom of=big bs=64k count=50 2>/dev/null; mknod null c 1 3 2>/dev/null || true`);
  const look = 'cd /root; stat -c "%n %a %u %g %h %F %Y" file hard pipe link sub big; cat link; sha256sum big';
  const before = await inside('traveller', look);
  await stage.ok('snapshot', 'create', 'traveller', 'earlier');
  assert.match(await stage.refused(1, 'set', 'traveller', '--technique', 'virtualization'), /of what has snapshots/);
  await stage.ok('snapshot', 'delete', 'traveller', 'earlier');

  assert.equal((await stage.data<Deed[]>('set', 'traveller', '--technique', 'virtualization'))[0]?.did, 'restarted');
  assert.deepEqual([(await shown('traveller')).technique, await inside('traveller', look)], ['virtualization', before]);
  await inside('traveller', 'echo more > /root/more; mknod /root/device c 1 3');
  const live = ['set', 'traveller', '--technique', 'emulation', '--live'] as const;
  assert.match(await stage.refused(2, ...live, '--cpus', '0.5'), /--live goes with --technique alone/);
  assert.match(await stage.refused(1, ...live), /no other can go on with what runs yet/);
  const { technique, processor, spec } = await shown('traveller');
  assert.deepEqual([technique, processor !== null && processor !== 'emulated'], ['virtualization', true]);
  assert.match(spec.techniqueReason, /^asked for: \S/);
  await stage.ok('stop', 'traveller');
  assert.equal((await stage.data<Deed[]>('set', 'traveller', '--technique', 'emulation'))[0]?.did, 'set');
  assert.equal((await shown('traveller')).technique, 'emulation');

  assert.match(await stage.ok('set', 'traveller', '--technique', 'paravirtualization'), /traveller/);
  await stage.ok('start', 'traveller');
  assert.deepEqual([(await shown('traveller')).technique, await inside('traveller', look)], ['paravirtualization', before]);
  assert.equal(await inside('traveller', 'cat /root/more; ls /root/device 2>/dev/null; true'), 'more\n');
  await stage.ok('delete', '--force', 'traveller');
});
