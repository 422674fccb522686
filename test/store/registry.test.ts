/** A store whose registry is damaged, newer or gone is refused in a sentence, and left as it is. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { before, describe, test } from 'node:test';
import { commandLine, stage, whyNot } from '../stage/stage.ts';

const skip = (await whyNot('os-level')) ?? false;

describe('a registry', { skip }, () => {
  const playground = stage();
  const path = `${playground.store}/isola.db`;
  const whole = `${playground.store}/../${playground.store.split('/').at(-1)}.whole`;
  before(async () => {
    await playground.ok('launch', 'busybox', 'kept', '--hold', '--no-start', '--network', 'none');
    copyFileSync(path, whole);
  });

  /** Spoils it, has every command that comes refused with this, and brings it back. */
  const spoilt = async (spoil: () => void, sentence: RegExp): Promise<void> => {
    for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
    spoil();
    const bytes = readFileSync(path);
    try {
      for (const line of [['list'], ['start', 'kept'], ['doctor', '--repair'], ['run', 'busybox', '--', 'true']]) {
        assert.match(await playground.refused(line[0] === 'run' ? 125 : 1, ...line), sentence, line.join(' '));
      }
      assert.ok(readFileSync(path).equals(bytes), 'it was changed');
    } finally {
      copyFileSync(whole, path);
    }
    const rows = await playground.look('list', { names: [], phase: undefined, quiet: false });
    assert.deepEqual(
      rows.map(({ name }) => name),
      ['kept'],
    );
  };

  test('that a newer isola made is left to that one', async () => {
    const change = (sql: string) => (): void => {
      const db = new DatabaseSync(path);
      const version = Number(db.prepare('pragma user_version').get()?.['user_version']);
      db.exec(`pragma journal_mode = delete; ${sql}; pragma user_version = ${version + 1}`);
      db.close();
    };
    const newer = /^isola: the store \S+isola\.db can't be used: a newer isola made it; use that one, or another store\n/;
    await spoilt(change(`insert into schema_step values ('future', 1)`), newer);
    await spoilt(change(`update schema_step set steps = steps + 1 where owner = 'image'`), newer);
  });

  test('that is gone is not made again by whoever cleans up after its last environment', () => {
    const gone = `${playground.store}/gone`;
    const [node, ...flags] = commandLine;
    assert.equal(spawnSync(node, [...flags, '--store', gone, 'reap']).status, 1);
    assert.equal(existsSync(gone), false);
  });

  test('that is no database is told as such', async () => {
    await spoilt(
      () => writeFileSync(path, 'no database '.repeat(2000)),
      /^isola: the store \S+ can't be used: it is no database; restore it/,
    );
  });

  test('with a page of noise in it, or without its second half, is told to be damaged', async () => {
    const damaged = /^isola: the store \S+ can't be used: it is damaged; restore it from a backup/;
    await spoilt(() => truncateSync(path, Math.floor(statSync(path).size / 8192) * 4096), damaged);
    await spoilt(() => {
      const bytes = readFileSync(path);
      bytes.fill(0x5a, 4096);
      writeFileSync(path, bytes);
    }, damaged);
  });

  test('that was emptied does not make strays of the environments there', async () => {
    await spoilt(
      () => truncateSync(path, 0),
      /^isola: the store \S+ can't be used: isola\.db is missing or empty, but the files of 1 environments/,
    );
    assert.equal(statSync(`${playground.store}/ve`).isDirectory(), true);
    rmSync(whole);
  });
});
