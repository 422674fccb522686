/** What a computer in a tab is, in the words that `isola boot` has for one: each restores what the other one saved. */
import type { Begins, Words } from '../snapshot/index.ts';
import type { Plan } from './messages.ts';
import { means } from './store/means.ts';

export interface Made {
  readonly memoryBytes: number;
  readonly serialPorts: number;
  readonly processor: string;
  readonly isTested: boolean;
  readonly begins: Begins;
  readonly files: Pick<Plan, 'start' | 'firmware' | 'cards'>;
}

export const wordsOf = ({ memoryBytes, serialPorts, processor, isTested, begins, files }: Made): Words => {
  const { start, firmware, cards = new Map() } = files;
  const isFirm = begins !== 'at once';
  return {
    memory: `${memoryBytes / 1024 ** 2} MiB`,
    'serial ports': `${serialPorts}`,
    'command line': start?.commandLine ?? '',
    'words of modules': '',
    'load address': 'none',
    entry: 'none',
    processor,
    'test device': `${isTested}`,
    'debug console': 'false',
    ...(start !== undefined && { kernel: fileWord(start.file ?? start.kernel) }),
    ...(start?.ramdisk !== undefined && { initrd: fileWord(start.ramdisk) }),
    ...(isFirm && firmware !== undefined && { firmware: fileWord(firmware) }),
    ...(isFirm && Object.fromEntries([...cards].map(([name, card]) => [`card ${name}`, fileWord(card)]))),
    begins,
  };
};

const fileWord = (bytes: Uint8Array): string => `${bytes.length} bytes of SHA-256 ${means.sha256(bytes)}`;
