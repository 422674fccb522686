/** The last comparison of this host, kept in the store. */

import { comparison } from '../../../environment/command/comparison.ts';
import type { Comparison } from '../../../environment/command/index.ts';
import type { TechniqueName } from '../../../environment/index.ts';
import { readIfThere, writeWhole } from '../../../host/file/files.ts';
import { machineId } from '../../../host/machine.ts';
import { digits } from '../../../measure/index.ts';

/** Raised when an older isola can't read what is written. */
const version = 1;

const pathOf = (store: string): string => `${store}/compared.json`;

export const keep = (store: string, result: Comparison): void => {
  writeWhole(pathOf(store), JSON.stringify({ version, host: machineId(), comparison: result }));
};

/** undefined: none was made here. `say` hears why one that is there isn't read. */
export const lastKept = (store: string, say: (sentence: string) => void): Comparison | undefined => {
  const text = readIfThere(pathOf(store));
  if (text === undefined) return undefined;
  try {
    const kept = JSON.parse(text);
    if (kept.version !== version) throw new Error(`it has version ${kept.version}, not ${version}`);
    if (kept.host !== machineId()) throw new Error('another host made it');
    return comparison.check(kept.comparison, 'the comparison');
  } catch (error) {
    say(`${pathOf(store)} is passed over: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
};

/** `fork and exec take 1.01× the bare host’s time (isola compare, 2026-11-25)`: one figure for whoever asks why a technique was chosen. */
export const quoted = (store: string, technique: TechniqueName): readonly string[] => {
  const last = lastKept(store, () => {});
  const told = last?.figures.find(({ what, subject, value }) => what === 'exec' && subject === technique && value !== null);
  if (last === undefined || told?.value == null) return [];
  return [`fork and exec take ${digits(told.value)}× the bare host’s time (isola compare, ${last.measuredAt.slice(0, 10)})`];
};
