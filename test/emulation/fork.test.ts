/** A machine is kept while it runs, goes back to that moment, and others go on from it as themselves. */
import assert from 'node:assert/strict';
import { closeSync, fstatSync, globSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { before, suite, test } from 'node:test';
import type { EnvironmentDetail, SnapshotRow } from '../../src/environment/command/index.ts';
import { provideMachines } from '../stage/machines.ts';
import { patienceMs } from '../stage/patience.ts';
import { below } from '../stage/processes.ts';
import { stage, whyNot } from '../stage/stage.ts';
import { assertCounted, counted, counting, furtherBy } from './counting.ts';

const skip = (await whyNot('emulation')) ?? false;
const alone = (await whyNot('virtualization')) ?? false;

suite('a machine that was kept while it ran', { skip, timeout: patienceMs }, () => {
  const here = stage();
  before(() => provideMachines(here));
  const inside = (name: string, script: string): Promise<string> => here.ok('exec', name, '--', 'sh', '-c', script);

  test('is forked: what ran goes on in each, on the disk of then, with a name, an address, an id, numbers and a time of its own', async () => {
    await here.ok('launch', '--technique', 'emulation', '--memory', '160M', '--hold', 'busybox', 'web');
    await inside('web', 'echo 0 > /etc/machine-id; echo then > /srv/disk; (while :; do sleep 60; done) > /dev/null 2>&1 & echo $! > /pid');
    const [{ how }] = await here.data<readonly [SnapshotRow]>('snapshot', 'create', 'web', 'ready');
    assert.match(how, /^with all that runs, which stood still for \d+\.\d ms$/);
    assert.equal(await inside('web', 'echo later > /srv/disk; kill -0 $(cat /pid) && cat /srv/disk'), 'later\n');
    await here.ok('clone', 'web/ready', 'w1', 'w2');
    const script =
      'kill -0 $(cat /pid); hostname; cat /srv/disk /etc/machine-id /proc/sys/kernel/random/uuid; date +%s; ip -4 -o addr show eth0';
    const told = await Promise.all(['w1', 'w2'].map(async (name) => (await inside(name, script)).split('\n')));
    for (const [index, [name, disk, id = '', , seconds, address = '']] of told.entries()) {
      assert.deepEqual([name, disk], [`w${index + 1}`, 'then']);
      assert.match(id, /^[\da-f]{32}$/);
      assert.ok(Math.abs(Number(seconds) - Date.now() / 1000) < 60);
      const { address: own } = await here.data<EnvironmentDetail>('show', name ?? '');
      assert.ok(address.includes(` ${own}/`), `${address}, not ${own}`);
    }
    for (const which of [2, 3]) assert.notEqual(told[0]?.[which], told[1]?.[which]);
  });

  test('shares with its forks what neither has written', async () => {
    // Of mappings of the snapshot’s file, which has another name by now: what none has written is counted by shares.
    for (const name of ['w1', 'w2']) {
      const { pid } = await here.data<EnvironmentDetail>('show', name);
      const { rss, pss } = mapped(Number(pid));
      assert.ok(rss > 20_000 && pss < 0.75 * rss, `${name}: ${pss} KiB of ${rss}`);
    }
    await here.ok('delete', '--force', 'w1', 'w2');
  });

  test('goes back to that moment, runs, and starts from its disk after an end by force', async () => {
    await here.ok('snapshot', 'restore', '--force', 'web', 'ready');
    assert.equal(await inside('web', 'kill -0 $(cat /pid) && cat /srv/disk /etc/machine-id; echo again > /srv/disk'), 'then\n0\n');
    await here.ok('stop', '--force', 'web');
    await here.ok('start', 'web');
    assert.equal(await inside('web', 'cat /srv/disk'), 'again\n');
    await here.ok('stop', '--force', 'web');
  });

  test('goes on from that moment with another processor, and from a moment with that one as it was before', { skip: alone }, async () => {
    await here.ok('set', 'web', '--technique', 'virtualization');
    await here.ok('snapshot', 'restore', 'web', 'ready');
    await here.ok('start', 'web');
    await inside('web', `kill -0 $(cat /pid); ${counting}; ${furtherBy(5)}`);
    const { processor } = await here.data<EnvironmentDetail>('show', 'web');
    await here.ok('snapshot', 'create', 'web', 'counting');
    await here.ok('stop', '--force', 'web');
    await here.ok('set', 'web', '--technique', 'emulation');
    await here.ok('snapshot', 'restore', 'web', 'counting');
    await here.ok('start', 'web');
    assertCounted(await inside('web', `kill -0 $(cat /pid); ${counted}`));
    assert.deepEqual([processor !== 'emulated', (await here.data<EnvironmentDetail>('show', 'web')).processor], [true, 'emulated']);
    await here.ok('stop', '--force', 'web');
  });

  test('is refused where it is to be another computer, or what was kept has changed', async () => {
    await here.ok('snapshot', 'restore', 'web', 'ready');
    await here.ok('set', 'web', '--memory', '192M');
    assert.match(await here.refused(1, 'start', 'web'), /memory.*can't be restored|can't be restored: .*memory/s);
    await here.ok('set', 'web', '--memory', '160M');
    const [path = ''] = globSync(`${here.store}/ve/*/snapshots/ready/layers/memory`);
    const file = openSync(path, 'r+');
    const at = fstatSync(file).size - 100;
    const byte = Buffer.alloc(1);
    readSync(file, byte, 0, 1, at);
    writeSync(file, Buffer.of((byte[0] ?? 0) ^ 1), 0, 1, at);
    closeSync(file);
    assert.match(await here.refused(1, 'start', 'web'), /it is not what was signed/);
    await here.ok('delete', '--force', 'web');
  });
});

/** KiB that all processes below one have of the snapshot that they go on from. */
const mapped = (pid: number): { readonly rss: number; readonly pss: number } => {
  const parts = below(pid).flatMap((one) => readFileSync(`/proc/${one}/smaps`, 'utf8').split(/^(?=[\da-f]+-[\da-f]+ )/m));
  const ours = parts.filter((part) => /\/layers\/|\/machine\/outset/.test(part.split('\n')[0] ?? ''));
  const sum = (what: string): number =>
    ours.reduce((all, part) => all + Number(new RegExp(`^${what}:\\s+(\\d+)`, 'm').exec(part)?.[1] ?? 0), 0);
  return { rss: sum('Rss'), pss: sum('Pss') };
};
