/** The files of a page that has a computer: its own, what was derived ahead, firmware, and what the computer is to boot. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Media } from '../../board/index.ts';
import type { BootRequest, PageOffer } from '../../environment/index.ts';
import { keptOf } from '../../isa/index.ts';
import type { Disk } from '../../machine/index.ts';
import { readWhole } from '../boot/bootable.ts';
import { firmware } from '../boot/firmware.ts';
import { readyInterpreter } from '../engine/interpreter.ts';
import { FileMedium } from '../medium/index.ts';
import { memoryOf } from '../memory.ts';
import { stampOf } from '../snapshot/index.ts';
import type { PageFiles } from './programs.ts';

export interface Content {
  /** Of media: RFC 9110, 8.3.1. */
  readonly type: string;
  /** All of it. */
  read(): Uint8Array;
  /** Read piece by piece instead, for it may be large. */
  readonly disk?: Disk;
  /** Of a disk: what it is at this moment. */
  readonly stamp?: () => string;
}

/** By their addresses, relative to the page. */
export type Site = ReadonlyMap<string, Content>;

const bytes = 'application/octet-stream';
const types: Readonly<Record<string, string>> = { html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8' };

/** `media` are the request's, and open as long as the site is. Throws a Refusal where firmware or a file is missing. */
export const siteOf = (request: BootRequest, media: Media, files: PageFiles): Site => {
  const site = new Map<string, Content>();
  const put = (address: string, type: string, read: () => Uint8Array): string => {
    site.set(address, { type, read });
    return written(address);
  };
  for (const [name, content] of files) put(name, types[name.split('.').at(-1) ?? ''] ?? bytes, () => content);
  const stamps: Record<string, string> = {};
  const medium = (disk: Disk, place: string): string => {
    const path = disk instanceof FileMedium ? disk.path : place;
    const address = `files/${place}-${basename(path.split(',')[0] ?? path)}`;
    const stamp = (): string => stampOf(disk);
    site.set(address, { type: bytes, disk, stamp, read: () => piece(disk, 0, disk.sizeBytes) });
    stamps[written(address)] = stamp();
    return written(address);
  };
  const several = (place: string, disks: readonly (Disk | undefined)[] = []): readonly string[] =>
    disks.flatMap((disk, index) => (disk === undefined ? [] : [medium(disk, `${place}${index}`)]));
  const file = (path: string, what: string, place: string): string => {
    // What is wrong with it is said now.
    readWhole(path, what);
    return put(`${place}${basename(path)}`, bytes, () => readFileSync(path));
  };
  const { kernel, initrd, append = '', restore } = request;
  const { disks, ahci, nvme, virtio, floppies, cd } = media;
  const offer: PageOffer = {
    ...{ memoryBytes: memoryOf(request), commandLine: append, ...firmwareOf(put) },
    interpreter: put('files/interpreter', bytes, () => keptOf(readyInterpreter().interpreter)),
    ...(kernel !== undefined && { kernel: file(kernel, 'kernel', 'files/kernel-') }),
    ...(initrd !== undefined && { ramdisk: file(initrd, 'initrd', 'files/ramdisk-') }),
    ...(cd !== undefined && { cd: medium(cd, 'cd') }),
    ...{ disks: several('disk', disks), ahci: several('ahci', ahci), nvme: several('nvme', nvme), virtio: several('virtio', virtio) },
    ...{ floppies: several('floppy', floppies), stamps },
    ...(restore !== undefined && { restore: file(restore, 'snapshot', 'snapshots/') }),
  };
  put('machine.json', 'application/json', () => new TextEncoder().encode(JSON.stringify(offer)));
  return site;
};

/** As a URL has it. */
const written = (address: string): string => address.split('/').map(encodeURIComponent).join('/');

/** Throws where it can't be read. */
export const piece = (disk: Disk, begin: number, end: number): Uint8Array => {
  // A disk has whole sectors.
  const [first, last] = [begin - (begin % 512), Math.min(Math.ceil(end / 512) * 512, disk.sizeBytes)];
  const read = new Uint8Array(last - first);
  if (!disk.read(first, read)) throw new Error(`bytes ${begin} to ${end - 1} can't be read`);
  return read.subarray(begin - first, end - first);
};

const firmwareOf = (put: (address: string, type: string, read: () => Uint8Array) => string): Pick<PageOffer, 'firmware' | 'cards'> => {
  const { firmware: bios, cards } = firmware();
  return {
    firmware: put('files/bios', bytes, () => bios),
    cards: Object.fromEntries([...cards].map(([name, program]) => [name, put(`files/${name}`, bytes, () => program)])),
  };
};
