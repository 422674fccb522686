/** The files of a page that has a PC: the engine's sources, joined and without their types, what was derived ahead, firmware, and what the PC is to boot. */
import { readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Offer } from '../../src/browser/page/files.ts';
import { keptOf } from '../../src/isa/index.ts';
import { firmware } from '../../src/technique/emulation/firmware.ts';
import { readyInterpreter } from '../../src/technique/emulation/interpreter.ts';
import { joinedProgram } from './joined.ts';

export interface Content {
  /** Of media: RFC 9110, 8.3.1. */
  readonly type: string;
  read(): Uint8Array;
}

/** Paths of files of this host. */
export interface Boots {
  readonly memoryBytes: number;
  readonly kernel?: string | undefined;
  readonly initrd?: string | undefined;
  readonly append?: string | undefined;
  readonly disk?: readonly string[] | undefined;
  readonly nvme?: readonly string[] | undefined;
  readonly floppy?: readonly string[] | undefined;
  readonly cdrom?: string | undefined;
}

const [script, bytes] = ['text/javascript; charset=utf-8', 'application/octet-stream'];
/** The page's, and its worker's, which it looks for beside its own. */
const programs = { 'page.js': 'src/browser/page/index.ts', 'worker.js': 'src/browser/worker.ts' } as const;

/** By their addresses, relative to the page. Throws where firmware or a file is missing. */
export const siteOf = (boots: Boots): ReadonlyMap<string, Content> => {
  const site = new Map<string, Content>();
  const put = (address: string, type: string, read: () => Uint8Array): string => {
    site.set(address, { type, read });
    return address;
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
    return put(`files/${place}-${basename(path)}`, bytes, () => readFileSync(path));
  };
  const files = (kind: string, paths: readonly string[] = []): readonly string[] =>
    paths.map((path, index) => file(path, `${kind}${index}`));
  const { kernel, initrd, append = '', disk, nvme, floppy, cdrom, memoryBytes } = boots;
  const offer: Offer = {
    ...{ memoryBytes, commandLine: append, ...firmwareOf(put) },
    interpreter: put('files/interpreter', bytes, () => keptOf(readyInterpreter().interpreter)),
    ...(kernel !== undefined && { kernel: file(kernel, 'kernel') }),
    ...(initrd !== undefined && { ramdisk: file(initrd, 'ramdisk') }),
    ...(cdrom !== undefined && { cd: file(cdrom, 'cd') }),
    ...{ disks: files('disk', disk), nvme: files('nvme', nvme), floppies: files('floppy', floppy) },
  };
  put(
    'machine.json',
    'application/json',
    text(() => JSON.stringify(offer)),
  );
  return site;
};

const firmwareOf = (put: (address: string, type: string, read: () => Uint8Array) => string): Pick<Offer, 'firmware' | 'cards'> => {
  const { firmware: bios, cards } = firmware();
  return {
    firmware: put('files/bios', bytes, () => bios),
    cards: Object.fromEntries([...cards].map(([name, program]) => [name, put(`files/${name}`, bytes, () => program)])),
  };
};
