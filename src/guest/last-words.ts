/** Why a machine ended that nobody asked to. */
import { appendFileSync } from 'node:fs';
import { readIfThere } from '../host/file/files.ts';
import { LineJoiner } from '../jail/facet/log.ts';
import type { GuestMachine } from './machine.ts';

/**
 * What its agent or its kernel said at last; undefined where neither gave up. The agent speaks where the kernel does, which for a system is
 * its one console; a kernel that panics prints all it ever said on the first console, with its own marks of severity. What else is in the log, programs
 * inside have printed.
 */
export const lastWords = ({ kernelLog, place, definition }: GuestMachine): string | undefined => {
  // What an earlier life ended with is told already.
  const printed = linesOf((readIfThere(place.log) ?? '').split(told).at(-1) ?? '');
  const kernel = definition.spec.work === 'system' ? printed : (readIfThere(kernelLog) ?? '');
  // Its relay writes there, whatever the machine is for.
  const said = (/^isola: (.*)$/m.exec(kernel) ?? /^isola: (.*)$/m.exec(readIfThere(kernelLog) ?? ''))?.[1];
  const panic = (/^<0>Kernel panic - not syncing: (.*)$/m.exec(printed) ?? /Kernel panic - not syncing: (.*)/.exec(kernel))?.[1];
  return said?.trim() ?? (panic === undefined ? undefined : `its kernel gave up: ${panic.trim()}`);
};

/** Adds them to its log, where people look, in the keeper's own form (kubernetes' CRI log format). */
export const noteLastWords = (machine: GuestMachine): void => {
  const words = lastWords(machine);
  if (words !== undefined) appendFileSync(machine.place.log, `${new Date().toISOString()} ${told}${words}\n`);
};

/** A line that the keeper read in two pieces is one. */
const linesOf = (log: string): string => {
  const joiner = new LineJoiner();
  return log
    .split('\n')
    .map((line) => joiner.add(line))
    .filter((line) => line?.stream === 'stdout')
    .map((line) => line?.text)
    .join('\n');
};

const told = 'stderr F isola, of its end: ';
