/**
 * Debian templates for tests, built once on a machine and kept as OCI archives beside the other things development makes: building one
 * takes a minute, importing it seconds.
 */
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Stage } from '../stage/stage.ts';

const kept = join(import.meta.dirname, '../../.isola/test-images');
/** Security updates come by the day. */
const freshMs = 24 * 3600 * 1000;

export const provideDebian = async (stage: Stage, version: 11 | 12 | 13): Promise<void> => {
  const archive = join(kept, `debian-${version}.oci.tar`);
  const age = Date.now() - (statSync(archive, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  if (age < freshMs) return void (await stage.ok('image', 'import', archive, `debian/${version}`));
  if (existsSync(archive)) rmSync(archive);
  await stage.ok('image', 'build', `debian/${version}`);
  mkdirSync(kept, { recursive: true });
  const half = `${archive}.${process.pid}`;
  await stage.ok('image', 'export', `debian/${version}`, half);
  renameSync(half, archive);
};
