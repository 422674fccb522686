/** isola boot, as users start it. */
import { join } from 'node:path';
import type { Guest } from './guest.ts';

const launcher = join(import.meta.dirname, '../../isola');

export const isolaBoot = (...args: readonly string[]): readonly string[] => [launcher, 'boot', ...args];

/** Its first serial port is standard output. */
export const isolaLine = (
  { kernel, initrd, commandLine, memoryMib }: Guest,
  more = '',
  display: readonly string[] = ['--display', 'none'],
) => isolaBoot('--kernel', kernel, '--initrd', initrd, '--append', `${commandLine}${more}`, '--memory', `${memoryMib}M`, ...display);
