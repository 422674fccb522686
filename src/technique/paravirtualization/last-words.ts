/** Why a machine ended that nobody asked to. */
import { appendFileSync } from 'node:fs';
import { readIfThere } from '../../host/file/files.ts';
import type { Machine } from './machine.ts';

/** What its agent or its kernel said at last; undefined where neither gave up. */
export const lastWords = ({ kernelLog, place }: Machine): string | undefined => {
  // A kernel that panics prints all it ever said on its console; what an earlier life ended with is told already.
  const printed = (readIfThere(place.log) ?? '').split(told).at(-1) ?? '';
  const text = `${readIfThere(kernelLog) ?? ''}\n${printed}`;
  const said = /^(?:\S+ stderr F )?isola: (.*)$/m.exec(text)?.[1];
  const panic = /Kernel panic - not syncing: (.*)/.exec(text)?.[1];
  return said?.trim() ?? (panic === undefined ? undefined : `its kernel gave up: ${panic.trim()}`);
};

/** Adds them to its log, where people look, in the keeper's own form (kubernetes' CRI log format). */
export const noteLastWords = (machine: Machine): void => {
  const words = lastWords(machine);
  if (words !== undefined) appendFileSync(machine.place.log, `${new Date().toISOString()} ${told}${words}\n`);
};

const told = 'stderr F isola, of its end: ';
