/** What a computer can begin with past its firmware, each by its own protocol. */
import type { Ram } from '../../cpu/index.ts';
import type { Layout } from '../layout.ts';
import type { Enter, Given, Misfit } from './given.ts';
import type { Kernel } from './linux/header.ts';
import { loadLinux } from './linux/load.ts';
import type { Multiboot } from './multiboot/header.ts';
import { loadMultiboot } from './multiboot/load.ts';

export type Program = Kernel | Multiboot;

export interface Start extends Given {
  readonly program: Program;
}

/** Puts it into memory, with all that it is told. */
export const load = (ram: Ram, layout: Layout, { program, ...given }: Start): Enter | Misfit => {
  switch (program.protocol) {
    case 'linux':
      return loadLinux(ram, layout, program, given);
    case 'multiboot':
      return loadMultiboot(ram, layout, program, given);
  }
};
