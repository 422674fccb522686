/** QEMU's own words for images, and disks of images in files, as a computer has them. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { Chain, HostFile, unpackers } from '../../src/computer/medium/index.ts';
import { createQcow2, type ImageDisk, type Opening, openImage, type Qcow2Choice } from '../../src/disk/index.ts';

/** A directory that goes with the tests. */
export const place = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'isola-disk-'));
  after(() => rmSync(made, { recursive: true }));
  return made;
};

const said = (program: string, args: readonly string[], accepted: readonly (number | null)[]): string => {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (!accepted.includes(status)) throw new Error(`${program} ${args.join(' ')}: ${status}: ${stdout}${stderr}`);
  return stdout;
};

export const qemuImg = (...args: readonly string[]): string => said('qemu-img', args, [0]);

export const whyNoQemu = (): string | undefined =>
  spawnSync('qemu-img', ['--version']).error === undefined ? undefined : 'there is no qemu-img: tools/setup --test installs it';

/** Has qemu-io do this to an image. */
export const qemuIo = (path: string, ...orders: readonly string[]): string =>
  said('qemu-io', [...orders.flatMap((order) => ['-c', order]), path], [0]);

/** One that is killed before it has closed the image: it keeps no promise that wasn't asked for. */
export const qemuIoKilled = (path: string, ...orders: readonly string[]): void => {
  said('qemu-io', [...orders, 'abort'].flatMap((order) => ['-c', order]).concat(path), [null]);
};

export interface Checked {
  readonly corruptions: number;
  readonly leaks: number;
}

export const checked = (path: string, format = 'qcow2'): Checked => {
  const {
    corruptions = 0,
    leaks = 0,
    'check-errors': errors,
  } = JSON.parse(said('qemu-img', ['check', '--output=json', '-f', format, path], [0, 2, 3]));
  if (errors !== 0) throw new Error(`${path} can't be checked`);
  return { corruptions, leaks };
};

export const disk = (path: string, opening: Partial<Opening> & { readonly backing?: string } = {}): ImageDisk & Disposable => {
  const chain = new Chain(opening.backing);
  const { isReadOnly = false } = opening;
  const opened = openImage(chain.image(path, new HostFile(openSync(path, isReadOnly ? 'r' : 'r+'))), {
    unpack: unpackers,
    ...opening,
    isReadOnly,
  });
  return Object.assign(opened, {
    [Symbol.dispose]: () => {
      opened.close();
      chain[Symbol.dispose]();
    },
  });
};

export const made = (path: string, choice: Qcow2Choice): string => {
  using file = new HostFile(openSync(path, 'wx+'));
  createQcow2(file, choice);
  return path;
};

export const contentOf = (path: string, opening: Partial<Opening> = {}): Uint8Array => {
  using opened = disk(path, { isReadOnly: true, ...opening });
  const bytes = new Uint8Array(opened.sizeBytes);
  if (!opened.read(0, bytes)) throw new Error(`${path} can't be read`);
  return bytes;
};

/** As QEMU reads it. */
export const contentByQemu = (path: string, ...how: readonly string[]): Uint8Array => {
  qemuImg('convert', '-O', 'raw', ...how, path, `${path}.raw`);
  const bytes = readFileSync(`${path}.raw`);
  rmSync(`${path}.raw`);
  return bytes;
};
