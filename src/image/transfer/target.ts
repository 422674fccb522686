/** Where an export goes: beside the target first, in its place when it is whole. */
import { createWriteStream, existsSync, mkdirSync, readdirSync, realpathSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Refusal } from '../../environment/index.ts';
import { hasCode, inWords, isSystemError } from '../../host/index.ts';
import { removeTrees } from '../catalog/staging.ts';

/** Writes a stream to a file, which is replaced in one step; to a device, a pipe or standard output as it comes. */
export const writeStream = async (path: string, source: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> => {
  if (path === '-') return await toStandardOutput(source, signal);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) throw new Refusal('usage', [`${path} is a directory`, 'name a file, or choose --form oci-dir']);
  if (found !== undefined && !found.isFile()) return await pipeline(source, createWriteStream(path), { signal });
  const target = found === undefined ? path : realpathSync(path);
  await beside(target, (temporary) => pipeline(source, createWriteStream(temporary, { flags: 'wx' }), { signal }));
};

/** Makes a directory. Throws `usage` where there is something already. */
export const writeDirectory = async (path: string, fill: (directory: string) => Promise<void>): Promise<void> => {
  if (path === '-')
    throw new Refusal('usage', ['a directory can’t go to standard output', 'choose --form oci or --form tar, or name a directory']);
  if (existsSync(path) && !(statSync(path).isDirectory() && readdirSync(path).length === 0))
    throw new Refusal('usage', [`${path} is there already`, 'name a directory that is not there yet, or is empty']);
  await beside(path.replace(/(?<=.)\/+$/, ''), async (temporary) => {
    mkdirSync(temporary);
    await fill(temporary);
  });
};

const beside = async (target: string, write: (temporary: string) => Promise<void>): Promise<void> => {
  if (!existsSync(dirname(target))) throw new Refusal('no-such-path', [dirname(target), 'make that directory first, or choose another']);
  const temporary = `${target}.${process.pid}.part`;
  try {
    await write(temporary);
    renameSync(temporary, target);
  } catch (error) {
    await removeTrees([temporary]);
    if (hasCode(error, 'ENOSPC')) throw new Refusal('no-space', [target, dirname(target)], { cause: error });
    throw isWriteError(error, temporary) ? new Refusal('path-closed', [target, 'written', inWords(error)], { cause: error }) : error;
  }
};

/** Errors of what is read have other paths, or none. */
const isWriteError = (error: unknown, path: string): error is Error => isSystemError(error) && (error.path?.startsWith(path) ?? false);

/** It is not ours to close. Whoever reads it may have seen enough. */
const toStandardOutput = async (source: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> => {
  try {
    await pipeline(source, process.stdout, { signal, end: false });
  } catch (error) {
    throw hasCode(error, 'EPIPE') ? new Refusal('interrupted', ['writing to standard output'], { cause: error }) : error;
  }
};
