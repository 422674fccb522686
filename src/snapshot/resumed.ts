/** What a computer is made like that goes on from a snapshot which `isola boot`, or a page, has written. */
import { profiles } from '../cpu/index.ts';
import type { Header, Words } from './header.ts';

/** What a computer begins with again when its system begins anew, by what `Facts` calls it. */
const beginning = /^(?:kernel|initrd|command line|words of modules|load address|entry|begins|module \d+)$/;

/** How it begins. */
export type Begins = 'from a disk' | 'by firmware' | 'at once';

export interface Plain {
  /** Undefined where none is said that can be: then it is another one. */
  readonly memoryBytes: number | undefined;
  readonly cpu: { readonly level: keyof typeof profiles; readonly vendor: string | undefined } | undefined;
  readonly processors: number;
  readonly isTested: boolean;
  readonly begins: string | undefined;
}

export const plainIn = ({ computer }: Header): Plain => {
  const { memory = '', processor = '', processors = '', 'test device': tested, begins } = computer;
  const memoryBytes = Number(/^\d{1,4}(?= MiB$)/.exec(memory)?.[0] ?? 0) * 1024 ** 2 || undefined;
  return {
    memoryBytes,
    cpu: cpuIn(processor),
    processors: Number(/^[2-8]$/.exec(processors)?.[0] ?? 1),
    isTested: tested === 'true',
    begins,
  };
};

/** What the computer is here, with what the other one began with. */
export const begunAs = (words: Words, { computer }: Header): Words => {
  const then = Object.entries(computer).filter(([name]) => beginning.test(name));
  return { ...words, ...Object.fromEntries(then) };
};

const cpuIn = (text: string): Plain['cpu'] => {
  const [, name, vendor] = /^(\S+) (.{12})?$/.exec(text) ?? [];
  const level = (Object.keys(profiles) as (keyof typeof profiles)[]).find((one) => one === name); // They are its keys.
  return level && { level, vendor };
};
