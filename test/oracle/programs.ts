/** Programs whose whole code is read as text, by short names. */
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { kernelFile, kernelText } from './kernel.ts';
import { type Section, sectionOf } from './section.ts';

export interface Program {
  /** Whether it takes minutes. */
  readonly isLong: boolean;
  isThere(): boolean;
  text(): Section & { readonly path: string };
}

const libc = '/lib/x86_64-linux-gnu/libc.so.6';

const programs: Readonly<Record<string, Program>> = {
  libc: {
    isLong: false,
    isThere: () => existsSync(libc),
    text: () => ({ path: libc, ...sectionOf(readFileSync(libc), '.text') }),
  },
  kernel: {
    isLong: true,
    isThere: () => true,
    text: () => {
      const file = kernelFile();
      return { path: basename(file), ...kernelText(file) };
    },
  },
};

export const programNames = Object.keys(programs);
export const isProgram = (name: string): boolean => Object.hasOwn(programs, name);

export const programOf = (name: string): Program => {
  const program = programs[name];
  if (program === undefined) throw new Error(`no program is called ${name}`);
  return program;
};
