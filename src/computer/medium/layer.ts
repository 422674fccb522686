/** Layers: images of qcow2 that are written instead of those that they stand on. */
import { linkSync, openSync, realpathSync, rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { createQcow2, type Format, formatOf, openImage, Unsupported } from '../../disk/index.ts';
import { Refusal } from '../../environment/index.ts';
import { inWords } from '../../host/index.ts';
import { Chain } from './chain.ts';
import { HostFile } from './host-file.ts';
import { unpackers } from './unpackers.ts';

export interface Base {
  readonly path: string;
  readonly format: Format | undefined;
  /** Where files that it stands on itself must be. */
  readonly backing: string | undefined;
}

/**
 * Makes one, whole or not at all. It has the base's size, and says in which format that is, so that nobody guesses later. Throws a Refusal, and
 * Damage or Unsupported of the base.
 */
export const makeLayer = (path: string, { path: base, format, backing }: Base, descriptor: number): void => {
  using chain = new Chain(backing);
  const file = new HostFile(descriptor);
  const image = chain.image(base, file);
  const found = format ?? formatOf(file);
  const { sizeBytes } = openImage(image, { format, isReadOnly: true, unpack: unpackers });
  // openImage throws for what is called otherwise.
  if (typeof found === 'object') throw new Unsupported(`it is a ${found.called} file`);
  if (sizeBytes === 0 || sizeBytes % 512 !== 0) throw new Unsupported(`its ${sizeBytes} bytes are no whole sectors of 512`);
  const aside = `${path}.${process.pid}.new`;
  try {
    using made = new HostFile(openSync(aside, 'wx+'));
    createQcow2(made, { sizeBytes, backing: { name: nameFrom(path, base), format: found } });
    linkSync(aside, path);
  } catch (error) {
    if (!(error instanceof Error && ('code' in error || error.name === 'Failing'))) throw error;
    throw new Refusal('path-closed', [path, 'written', inWords(error)], { cause: error });
  } finally {
    rmSync(aside, { force: true });
  }
};

/** Beside it: its name, so that both can move; elsewhere, its whole path. */
const nameFrom = (path: string, base: string): string => {
  const real = realpathSync(base);
  if (dirname(real) !== realpathSync(dirname(path))) return real;
  // What has a colon in it would be a protocol to QEMU.
  return basename(real).includes(':') ? `./${basename(real)}` : basename(real);
};
