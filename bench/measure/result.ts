/** Result files: one per bench and day, kept in bench/results and compared over time. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from './machine.ts';
import type { Row } from './row.ts';

export interface Result {
  readonly bench: string;
  /** When it began, ISO 8601. */
  readonly date: string;
  /** A few samples only: to see that the bench works, not to be believed. */
  readonly quick: boolean;
  readonly minutes: number;
  /** Load average over a minute, before and after; 0 before means that nothing else ran. */
  readonly loadBefore: number;
  readonly loadAfter: number;
  readonly machine: Machine;
  readonly rows: readonly Row[];
}

export const writeResult = (directory: string, result: Result): string => {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, `${result.date.slice(0, 10)}-${result.bench}${result.quick ? '-quick' : ''}.json`);
  writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`);
  return path;
};

/** The newest whole result of each bench. */
export const newestResults = (directory: string): ReadonlyMap<string, Result> => {
  const newest = new Map<string, Result>();
  if (!existsSync(directory)) return newest;
  for (const name of readdirSync(directory)) {
    // Others keep figures of their own beside them.
    if (!/^\d{4}-\d\d-\d\d-.*\.json$/.test(name)) continue;
    const result: Result = JSON.parse(readFileSync(join(directory, name), 'utf8'));
    const known = newest.get(result.bench);
    if (!result.quick && (known === undefined || known.date < result.date)) newest.set(result.bench, result);
  }
  return newest;
};
