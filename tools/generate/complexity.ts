/** How much of isola each technique is: lines of its own, and lines that all share. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { wings } from '../floors.ts';

const root = join(import.meta.dirname, '../..');
const path = 'docs/coverage/complexity.json';
/** Every change moves the count a little: the record is made anew when it is farther off than that. */
const tolerance = 0.1;

interface Complexity {
  readonly techniques: Readonly<Record<string, number>>;
  readonly shared: number;
}

export const complexityFile = (): readonly [path: string, text: string] => {
  const counted = count();
  const stored = existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : '';
  return [path, stored !== '' && isNear(JSON.parse(stored), counted) ? stored : `${JSON.stringify(counted, null, 2)}\n`];
};

const prefix = 'technique/';
/** What some techniques have in common and others don't need: it counts for each of those. */
const common = 'computer';
/** Folders that are for one technique alone, wherever they stand. */
const alone: Readonly<Record<string, readonly string[]>> = { 'technique/virtualization': ['direct', 'host/native'] };

const count = (): Complexity => {
  const own = Object.keys(wings).filter((wing) => wing.startsWith(prefix));
  const shared = Object.keys(wings).filter((wing) => !wing.startsWith(prefix) && wing !== common);
  const sumOf = (folders: readonly string[]): number => folders.reduce((sum, folder) => sum + linesIn(`src/${folder}`), 0);
  const linesOf = (wing: string): number => sumOf([wing, ...(wings[wing]?.below.includes(common) ? [common] : []), ...(alone[wing] ?? [])]);
  return {
    techniques: Object.fromEntries(own.map((wing) => [wing.slice(prefix.length), linesOf(wing)])),
    shared: sumOf(shared) - sumOf(Object.values(alone).flat()),
  };
};

const linesIn = (folder: string): number =>
  globSync(`${folder}/**/*.ts`, { cwd: root })
    .filter((file) => !file.endsWith('.test.ts'))
    .reduce((sum, file) => sum + readFileSync(join(root, file), 'utf8').split('\n').length - 1, 0);

const isNear = (stored: Complexity, counted: Complexity): boolean => {
  const near = (a: number | undefined, b: number): boolean => a !== undefined && Math.abs(a - b) <= tolerance * b;
  const names = Object.keys(counted.techniques);
  return (
    near(stored.shared, counted.shared) &&
    names.length === Object.keys(stored.techniques).length &&
    names.every((name) => near(stored.techniques[name], counted.techniques[name] ?? 0))
  );
};
