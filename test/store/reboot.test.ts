/** A store whose host went down while environments ran: rows of another boot, and nothing of them on the host but files in /run. test/hosts has the real thing. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { before, describe, test } from 'node:test';
import type { DoctorReport, EnvironmentRow } from '../../src/environment/command/index.ts';
import { stage, whyNot } from '../stage/stage.ts';

const skip = (await whyNot('os-level')) ?? false;

describe('after the host went down', { skip }, () => {
  const playground = stage();
  const rows = () => playground.data<EnvironmentRow[]>('list');
  before(async () => {
    await playground.ok('launch', 'busybox', 'late', '--hold', '--no-start', '--network', 'none', '--onboot', '20');
    await playground.ok('launch', 'busybox', 'first', '--hold', '--no-start', '--network', 'none', '--onboot', '3');
    await playground.ok('launch', 'busybox', 'idle', '--hold', '--no-start', '--network', 'none');
    await playground.ok('launch', 'busybox', 'brief', '--hold', '--no-start', '--network', 'none', '--ephemeral');
    await playground.ok('launch', 'busybox', 'half', '--hold', '--no-start', '--network', 'none');
    // Where /run is no tmpfs, it outlives the boot.
    const { id } = (await rows())[0] ?? {};
    const runtime = `/run/isola/${await playground.tag()}`;
    for (const directory of [`crun/${id}`, `ve/${id}/exit`]) mkdirSync(`${runtime}/${directory}`, { recursive: true });
    writeFileSync(`${runtime}/crun/${id}/status`, '{}');
    writeFileSync(`${runtime}/ve/${id}/pid`, '1');
    using db = new DatabaseSync(`${playground.store}/isola.db`);
    db.exec(`update environment set phase = 'running', boot = 'an earlier one', started_at = 1`);
    db.exec(`update environment set phase = 'creating', intent = 'create', owner = 'an earlier one:1:1', made = null where name = 'half'`);
  });
  test('list says stopped before anything was repaired, and nothing of what was never whole', async () => {
    assert.deepEqual(
      (await rows()).map(({ phase }) => phase),
      ['stopped', 'stopped', 'stopped', 'stopped'],
    );
    assert.doesNotMatch(await playground.ok('list'), /\d (?:s|ms|h|d)$/m);
  });

  test('only what should have been deleted at its end is a left-over', async () => {
    const { code, stdout } = await playground.isola('doctor', '--format', 'json');
    const { leftovers }: DoctorReport = JSON.parse(stdout);
    assert.deepEqual([code, leftovers], [1, ['brief ended when the host went down', 'interrupted create of half']]);
  });

  test('what has an order is started, low numbers first; the rest is settled', async () => {
    await playground.ok('start', '--onboot');
    const by = Object.fromEntries((await rows()).map((row) => [row.name, row]));
    assert.deepEqual(
      Object.values(by).map(({ name, phase }) => [name, phase]),
      [
        ['late', 'running'],
        ['first', 'running'],
        ['idle', 'stopped'],
      ],
    );
    assert.ok((by['first']?.startedAt ?? '') < (by['late']?.startedAt ?? ''));
    assert.deepEqual((await playground.data<DoctorReport>('doctor')).leftovers, []);
    assert.equal(readdirSync(`${playground.store}/ve`).length, 3);
    assert.ok(Object.values(by).every(({ id }) => existsSync(`${playground.store}/ve/${id}`)));
  });

  test('what is deleted when it ends can’t have an order', async () => {
    const brief = ['busybox', 'short', '--hold', '--network', 'none', '--ephemeral'];
    assert.match(await playground.refused(2, 'launch', ...brief, '--onboot', '1'), /--ephemeral and --onboot don’t go together/);
    await playground.ok('launch', ...brief);
    assert.match(await playground.refused(2, 'set', 'short', '--onboot', '1'), /launched with --ephemeral/);
    await playground.ok('delete', '--force', 'short');
  });
});
