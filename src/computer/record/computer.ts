/** What a recorded computer is, in words that can be compared: a replay wants the same. */
import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import type { Media } from '../../board/index.ts';
import type { Disk } from '../../machine/index.ts';
import { namedIn } from '../../snapshot/index.ts';

export interface Made {
  readonly memoryBytes: number;
  readonly serialPorts: number;
  /** What its kernel is told, and how it begins. */
  readonly words: Readonly<Record<string, string>>;
  /** Kernel, ramdisk, modules, firmware: files that it begins with, by what they are called. */
  readonly files: () => Readonly<Record<string, Uint8Array>>;
  readonly media: Media;
}

/** Of an AbortSignal. */
export type Aborted = Pick<AbortSignal, 'throwIfAborted'>;

/** But for its disks. */
export const saidOf = ({ memoryBytes, serialPorts, words, files }: Omit<Made, 'media'>): Record<string, string> => ({
  memory: `${memoryBytes / 1024 ** 2} MiB`,
  'serial ports': `${serialPorts}`,
  ...words,
  ...Object.fromEntries(
    Object.entries(files()).map(([name, file]) => [
      name,
      `${file.length} bytes of SHA-256 ${createHash('sha256').update(file).digest('hex')}`,
    ]),
  ),
});

/** Reads all of its disks. Throws what `signal` was aborted with; a RangeError names a disk that can't be read. */
export const computerOf = async (made: Made, signal: Aborted): Promise<Readonly<Record<string, string>>> => {
  const said = saidOf(made);
  for (const [name, disk] of namedIn(made.media)) said[name] = await digested(name, disk, signal);
  return said;
};

/** At a time; in between, whoever interrupts is heard. */
const readBytes = 16 * 1024 ** 2;

const digested = async (name: string, disk: Disk, signal: Aborted): Promise<string> => {
  const digest = createHash('sha256');
  for (let at = 0; at < disk.sizeBytes; at += readBytes) {
    const bytes = new Uint8Array(Math.min(readBytes, disk.sizeBytes - at));
    if (!disk.read(at, bytes)) throw new RangeError(`${name} can't be read at byte ${at}`);
    digest.update(bytes);
    await turn();
    signal.throwIfAborted();
  }
  return `${disk.sizeBytes} bytes${disk.isReadOnly ? ' that can’t be written' : ''} of SHA-256 ${digest.digest('hex')}`;
};
