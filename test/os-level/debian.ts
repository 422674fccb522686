/**
 * Debian templates for tests that are not about building one, built once on a machine and kept as OCI archives beside the other things
 * development makes: building one takes a minute, importing it seconds.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { lock } from '../stage/lock.ts';
import { Stage } from '../stage/stage.ts';

type Version = 11 | 12 | 13;

const house = join(import.meta.dirname, '../..');
const kept = join(house, '.isola/test-images');
const recipe = join(house, 'src/image/build');
/** Security updates come by the day. */
const freshMs = 24 * 3600 * 1000;

export const provideDebian = async (stage: Stage, version: Version): Promise<void> =>
  void (await stage.ok('image', 'import', await debianArchive(version), `debian/${version}`));

/** Where the archive is. Of several tests that want it at the same time one builds it. */
export const debianArchive = async (version: Version): Promise<string> => {
  const archive = join(kept, `debian-${version}.oci.tar`);
  mkdirSync(kept, { recursive: true });
  await using _lock = await lock(`${archive}.lock`);
  if (!isFresh(archive)) await build(archive, version);
  return archive;
};

/** Built by this checkout's recipe, and not long ago. */
const isFresh = (archive: string): boolean => {
  const made = statSync(archive, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return Date.now() - made < freshMs && readdirSync(recipe).every((name) => statSync(join(recipe, name)).mtimeMs < made);
};

const build = async (archive: string, version: Version): Promise<void> => {
  const half = `${archive}.${process.pid}`;
  const stage = new Stage();
  try {
    const told = await stage.ok('image', 'build', `debian/${version}`);
    assert.ok(told.startsWith(`debian/${version} `), told);
    await stage.ok('image', 'export', `debian/${version}`, half);
    renameSync(half, archive);
  } finally {
    rmSync(half, { force: true });
    await stage.leave();
  }
};
