/** Why a machine ended that nobody asked to. */
import { appendFileSync } from 'node:fs';
import { readIfThere } from '../../host/file/files.ts';
import type { Machine } from './machine.ts';

/**
 * What its agent or its kernel said at last; undefined where neither gave up. The agent speaks where the kernel does, which for a system is
 * its one console; a kernel that panics prints all it ever said on the first console, with its own marks of severity. What else is in the log, programs
 * inside have printed.
 */
export const lastWords = ({ kernelLog, place, definition }: Machine): string | undefined => {
  // What an earlier life ended with is told already.
  const printed = (readIfThere(place.log) ?? '').split(told).at(-1) ?? '';
  const kernel = definition.spec.work === 'system' ? printed : (readIfThere(kernelLog) ?? '');
  const said = /^(?:\S+ stdout F )?isola: (.*)$/m.exec(kernel)?.[1];
  const panic = (/^\S+ stdout F <0>Kernel panic - not syncing: (.*)$/m.exec(printed) ??
    /Kernel panic - not syncing: (.*)/.exec(kernel))?.[1];
  return said?.trim() ?? (panic === undefined ? undefined : `its kernel gave up: ${panic.trim()}`);
};

/** Adds them to its log, where people look, in the keeper's own form (kubernetes' CRI log format). */
export const noteLastWords = (machine: Machine): void => {
  const words = lastWords(machine);
  if (words !== undefined) appendFileSync(machine.place.log, `${new Date().toISOString()} ${told}${words}\n`);
};

const told = 'stderr F isola, of its end: ';
