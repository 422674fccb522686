/** The files of a page that has a PC: the engine's sources, joined and without their types, what was derived ahead, firmware, and what the PC is to boot. */
import { readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Offer } from '../../src/browser/page/files.ts';
import { keptOf } from '../../src/isa/index.ts';
import type { Disk } from '../../src/machine/index.ts';
import { firmware } from '../../src/technique/emulation/firmware.ts';
import { readyInterpreter } from '../../src/technique/emulation/interpreter.ts';
import { type MediumKind, mediumIn } from '../../src/technique/emulation/media.ts';
import { stampOf } from '../../src/technique/emulation/snapshot/index.ts';
import { joinedProgram } from './joined.ts';

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

/** Paths of files of this host. */
export interface Boots {
  readonly memoryBytes: number;
  readonly kernel?: string | undefined;
  readonly initrd?: string | undefined;
  readonly append?: string | undefined;
  readonly disk?: readonly string[] | undefined;
  readonly ahci?: readonly string[] | undefined;
  readonly virtio?: readonly string[] | undefined;
  /** A snapshot that `isola boot` has saved. */
  readonly restore?: string | undefined;
  readonly nvme?: readonly string[] | undefined;
  readonly floppy?: readonly string[] | undefined;
  readonly cdrom?: string | undefined;
}

const [script, bytes] = ['text/javascript; charset=utf-8', 'application/octet-stream'];
/** The page's, and its worker's, which it looks for beside its own. */
const programs = { 'page.js': 'src/browser/page/index.ts', 'worker.js': 'src/browser/worker.ts' } as const;

/** By their addresses, relative to the page. Disks are open until the process ends, and nobody writes them meanwhile. Throws where firmware or a file is missing. */
export const siteOf = (boots: Boots): ReadonlyMap<string, Content> => {
  const site = new Map<string, Content>();
  const put = (address: string, type: string, read: () => Uint8Array): string => {
    site.set(address, { type, read });
    return written(address);
  };
  const stamps: Record<string, string> = {};
  const medium = (path: string, place: string, kind: MediumKind): string => {
    const disk = mediumIn(path, kind, true);
    const address = `files/${place}-${basename(path.split(',')[0] ?? path)}`;
    const stamp = (): string => stampOf(disk);
    site.set(address, { type: bytes, disk, stamp, read: () => whole(disk) });
    stamps[written(address)] = stamp();
    return written(address);
  };
  const text = (of: () => string) => (): Uint8Array => new TextEncoder().encode(of());
  put('index.html', 'text/html; charset=utf-8', () => readFileSync(join(import.meta.dirname, 'index.html')));
  for (const [address, source] of Object.entries(programs))
    put(
      address,
      script,
      text(() => joinedProgram(source)),
    );
  const file = (path: string, place: string): string => {
    if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) throw new Error(`there is no file ${path}`);
    return put(place.endsWith('/') ? `${place}${basename(path)}` : `files/${place}-${basename(path)}`, bytes, () => readFileSync(path));
  };
  const media = (place: string, paths: readonly string[] = [], kind: MediumKind = 'disk'): readonly string[] =>
    paths.map((path, index) => medium(path, `${place}${index}`, kind));
  const { kernel, initrd, append = '', disk, ahci, nvme, virtio, floppy, cdrom, memoryBytes, restore } = boots;
  const offer: Offer = {
    ...{ memoryBytes, commandLine: append, ...firmwareOf(put) },
    interpreter: put('files/interpreter', bytes, () => keptOf(readyInterpreter().interpreter)),
    ...(kernel !== undefined && { kernel: file(kernel, 'kernel') }),
    ...(initrd !== undefined && { ramdisk: file(initrd, 'ramdisk') }),
    ...(cdrom !== undefined && { cd: medium(cdrom, 'cd', 'CD') }),
    ...{ disks: media('disk', disk), ahci: media('ahci', ahci), nvme: media('nvme', nvme), virtio: media('virtio', virtio) },
    ...{ floppies: media('floppy', floppy, 'floppy'), stamps },
    ...(restore !== undefined && { restore: file(restore, 'snapshots/') }),
  };
  put(
    'machine.json',
    'application/json',
    text(() => JSON.stringify(offer)),
  );
  return site;
};

/** As a URL has it. */
const written = (address: string): string => address.split('/').map(encodeURIComponent).join('/');

/** Throws where it can't be read. */
export const piece = (disk: Disk, begin: number, end: number): Uint8Array => {
  // A disk has whole sectors.
  const [first, last] = [begin - (begin % 512), Math.min(Math.ceil(end / 512) * 512, disk.sizeBytes)];
  const bytes = new Uint8Array(last - first);
  if (!disk.read(first, bytes)) throw new Error(`bytes ${begin} to ${end - 1} can't be read`);
  return bytes.subarray(begin - first, end - first);
};

const whole = (disk: Disk): Uint8Array => piece(disk, 0, disk.sizeBytes);

const firmwareOf = (put: (address: string, type: string, read: () => Uint8Array) => string): Pick<Offer, 'firmware' | 'cards'> => {
  const { firmware: bios, cards } = firmware();
  return {
    firmware: put('files/bios', bytes, () => bios),
    cards: Object.fromEntries([...cards].map(([name, program]) => [name, put(`files/${name}`, bytes, () => program)])),
  };
};
