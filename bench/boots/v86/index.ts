/** v86 in Node, by a program that has its screen and its serial line on standard output. Its translator makes WebAssembly. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Peer } from '../peers.ts';
import type { Medium } from '../system.ts';

export const v86Package = join(import.meta.dirname, '../../../node_modules/v86');

export const whyNoV86 = (): string | false =>
  existsSync(v86Package) ? false : 'the npm package v86 is missing; ./isola setup --test gets it';

export const v86 = ({ isTranslating }: { readonly isTranslating: boolean }): Peer => ({
  name: isTranslating ? 'v86' : 'v86, without its JIT',
  refuses: ({ bits, unlessV86 }) => (bits === 64 ? 'v86 has no 64-bit mode' : unlessV86),
  start: ({ memoryMib, seenOn }, medium) => {
    const why = whyNoV86();
    if (why !== false) throw new Error(why);
    const orders: Orders = {
      ...{ memoryMib, isTranslating, isShown: seenOn === 'screen', package: v86Package },
      ...{ bios: '/usr/share/seabios/bios.bin', vgaBios: '/usr/share/seabios/vgabios-stdvga.bin', ...mediumOf(medium) },
    };
    const line = [
      process.execPath,
      '--disable-warning=ExperimentalWarning',
      join(import.meta.dirname, 'machine.ts'),
      JSON.stringify(orders),
    ];
    return { line, where: 'plainly' };
  },
});

export interface Orders extends Boots {
  readonly memoryMib: number;
  readonly isTranslating: boolean;
  /** The screen, or else the first serial line. */
  readonly isShown: boolean;
  /** Paths. */
  readonly package: string;
  readonly bios: string;
  readonly vgaBios: string;
}

/** Paths, by v86's names, and what a kernel is told. */
interface Boots {
  readonly fda?: string;
  readonly cdrom?: string;
  readonly bzimage?: string;
  readonly initrd?: string;
  readonly cmdline?: string;
}

const mediumOf = (medium: Medium): Boots => {
  switch (medium.kind) {
    case 'diskette':
      return { fda: medium.path };
    case 'CD':
      return { cdrom: medium.path };
    case 'kernel':
      return { bzimage: medium.guest.kernel, initrd: medium.guest.initrd, cmdline: medium.guest.commandLine };
  }
};
