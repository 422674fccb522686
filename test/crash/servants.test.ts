/** Processes that serve an environment, and its own first one, killed under it: the truth is told, and all is well again. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import type { DoctorReport } from '../../src/environment/command/index.ts';
import { stage, whyNot } from '../stage/stage.ts';
import { leftovers } from './aftermath.ts';

const skip = (await whyNot('os-level')) ?? false;

describe('what serves an environment', { skip }, () => {
  const playground = stage();
  let runtime: string;
  before(async () => {
    await playground.ok('launch', 'busybox', 'web', '--hold', '--memory', '64M');
    await playground.ok('launch', 'busybox', 'db', '--hold');
    runtime = `/run/isola/${await playground.tag()}`;
  });

  const phaseOf = async (name: string): Promise<string | undefined> => {
    const rows = await playground.look('list', { names: [name], phase: undefined, quiet: false });
    return rows[0]?.phase;
  };
  const idOf = async (name: string): Promise<string> => (await playground.look('show', { name })).id;
  const kill = (file: string): void => void process.kill(Number(readFileSync(file, 'utf8')), 'SIGKILL');
  const soon = async (holds: () => Promise<boolean>): Promise<void> => {
    for (let left = 1200; !(await holds()); left--) {
      assert.ok(left > 0, 'it never came true');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const inside = (name: string, ...command: readonly string[]) => playground.tell(['exec', name, '--', ...command]);
  const memoryTotal = async (name: string): Promise<string> => (await inside(name, 'head', '-1', '/proc/meminfo')).stdout;

  test('its own first process, killed from outside, is noticed and cleaned up after', async () => {
    const { pid } = await playground.look('show', { name: 'web' });
    process.kill(pid!, 'SIGKILL');
    await soon(async () => (await phaseOf('web')) === 'stopped');
    assert.deepEqual(await leftovers(playground), []);
    assert.equal((await playground.look('show', { name: 'web' })).exit?.code, 137);
    await playground.ok('start', 'web');
    assert.equal(await phaseOf('web'), 'running');
  });

  test('a keeper that was killed is told of, and a restart brings a new one', async () => {
    kill(`${runtime}/ve/${await idOf('web')}/keeper.pid`);
    assert.equal(await phaseOf('web'), 'running');
    assert.equal((await inside('web', 'echo', 'alive')).stdout, 'alive\n');
    const told = await playground.isola('doctor', '--format', 'json');
    assert.equal(told.code, 1, told.stderr);
    const { checks } = JSON.parse(told.stdout) as DoctorReport;
    const check = checks.find(({ what }) => what === 'keeper');
    assert.match(`${check?.state} ${check?.detail} ${check?.remedy}`, /^bad web runs, but its conmon was killed.* isola restart web$/);
    await playground.ok('restart', '--force', 'web');
    assert.equal(
      (await playground.look('doctor', { repair: false })).checks.find(({ what }) => what === 'keeper'),
      undefined,
    );
    assert.deepEqual(await leftovers(playground), []);
  });

  test('one that ended while nobody kept it is listed as stopped, and cleaned up after', async () => {
    const { id, pid } = await playground.look('show', { name: 'web' });
    kill(`${runtime}/ve/${id}/keeper.pid`);
    process.kill(pid!, 'SIGKILL');
    await soon(async () => (await phaseOf('web')) === 'stopped');
    const { leftovers: told } = await playground.data<DoctorReport>('doctor', '--repair');
    assert.deepEqual(told, ['web ended and was not cleaned up']);
    assert.deepEqual(await leftovers(playground), []);
    await playground.ok('start', 'web');
  });

  test('lxcfs that was killed is told of and mended, also in what runs', async () => {
    const seen = await memoryTotal('web');
    assert.match(seen, /^MemTotal: +65536 kB\n$/);
    kill(`${runtime}/lxcfs.pid`);
    assert.equal(await phaseOf('web'), 'running');
    assert.match((await inside('web', 'cat', '/proc/meminfo')).stderr, /not connected/);
    const { leftovers: told } = await playground.data<DoctorReport>('doctor', '--repair');
    for (const name of ['web', 'db'])
      assert.ok(told.includes(`${name} can’t read its own /proc/meminfo and the like, for lxcfs was killed`));
    assert.equal(await memoryTotal('web'), seen);
    assert.equal((await inside('web', 'sh', '-c', 'echo 1 > /proc/uptime')).code, 1);
    assert.deepEqual((await playground.look('doctor', { repair: false })).leftovers, []);
    assert.deepEqual(await leftovers(playground), []);
  });

  test('without any repair the next start brings lxcfs and dnsmasq back', async () => {
    kill(`${runtime}/lxcfs.pid`);
    kill(`${runtime}/network/dnsmasq.pid`);
    await playground.ok('restart', '--force', 'db');
    assert.match((await inside('db', 'nslookup', 'web')).stdout, /Address: 10\./);
    assert.match(await memoryTotal('db'), /^MemTotal: /);
  });

  test('is not waited for, nor ended, by whoever cleans up after a killed isola', async () => {
    const { id, pid } = await playground.look('show', { name: 'web' });
    const files = [`${runtime}/lxcfs.pid`, `${runtime}/network/dnsmasq.pid`, `${runtime}/ve/${id}/keeper.pid`];
    for (const server of [pid, ...files.map((file) => Number(readFileSync(file, 'utf8')))]) {
      assert.doesNotMatch(readFileSync(`/proc/${server}/environ`, 'utf8'), /ISOLA_SERVES=/, readFileSync(`/proc/${server}/comm`, 'utf8'));
    }
  });

  test('dnsmasq that was killed is told of and mended', async () => {
    await playground.ok('doctor', '--repair');
    kill(`${runtime}/network/dnsmasq.pid`);
    assert.equal(await phaseOf('web'), 'running');
    const { leftovers: told } = await playground.data<DoctorReport>('doctor', '--repair');
    assert.deepEqual(told, ['no environment is found by its name, for dnsmasq was killed']);
    assert.match((await inside('web', 'nslookup', 'db')).stdout, /Address: 10\./);
    assert.deepEqual((await playground.look('doctor', { repair: false })).leftovers, []);
    assert.deepEqual(await leftovers(playground), []);
  });
});
