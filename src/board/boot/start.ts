/** What a computer can begin with that no disk of its own has, each by its own protocol. */
import type { Ram } from '../../cpu/index.ts';
import { readElf } from './elf.ts';
import type { Enter } from './enter.ts';
import { type Flat, loadFlat } from './flat.ts';
import type { Given, Misfit, Surveyed } from './given.ts';
import { type Kernel, readKernel, readVmlinux } from './linux/header.ts';
import { loadLinux } from './linux/load.ts';
import { type Multiboot, readMultiboot } from './multiboot/header.ts';
import { loadMultiboot } from './multiboot/load.ts';
import { type Multiboot2, readMultiboot2 } from './multiboot2/header.ts';
import { loadMultiboot2 } from './multiboot2/load.ts';
import { loadPvh } from './pvh/load.ts';
import { type Pvh, readPvh } from './pvh/note.ts';

export type Program = Kernel | Multiboot | Multiboot2 | Pvh | Flat;

export interface Start extends Given {
  readonly program: Program;
}

/** By the first protocol that knows it: of those that have both headers of Multiboot, more loaders know the first. Undefined where none does. */
export const readProgram = (file: Uint8Array): Program | undefined => {
  for (const read of [readKernel, readMultiboot, readMultiboot2] as const) {
    const program = read(file);
    if (typeof program === 'object' && 'protocol' in program) return program;
  }
  const elf = readElf(file);
  return elf && (readVmlinux(elf) ?? readPvh(elf));
};

/** Linux' Documentation/admin-guide/serial-console.rst. */
const isSerial = (commandLine: string): boolean => /(^|\s)console=ttyS\d/.test(commandLine);

/** Whether firmware has nothing to do for it: it finds by itself what a computer has, and doesn't want its screen, which is black until firmware has set it up. */
export const isAlone = (program: Program, commandLine: string): boolean =>
  ((program.protocol === 'linux' && program.setup === undefined) || program.protocol === 'pvh') && isSerial(commandLine);

/** The same by PVH, where a Linux kernel was unpacked and begins so, too: then it needs no firmware's data. */
export const byPvh = ({ program, ...given }: Start): Start => {
  const pvh = program.protocol === 'linux' && program.image !== undefined ? readPvh(program.image) : undefined;
  return { ...given, program: pvh ?? program };
};

/** Puts it into memory, with all that it is told. */
export const load = (ram: Ram, surveyed: Surveyed, { program, ...given }: Start): Enter | Misfit => {
  switch (program.protocol) {
    case 'linux':
      return loadLinux(ram, surveyed, program, given);
    case 'multiboot':
      return loadMultiboot(ram, surveyed, program, given);
    case 'multiboot2':
      return loadMultiboot2(ram, surveyed, program, given);
    case 'pvh':
      return loadPvh(ram, surveyed, program, given);
    case 'flat':
      return loadFlat(ram, program);
  }
};
