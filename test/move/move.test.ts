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
