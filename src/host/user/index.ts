/**
 * Who isola is: the host's root, or an ordinary user who is root in a namespace of his own alone, which the script `enter` made and put
 * it into. What the host gives to nobody but its own root is done without there, or refused.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Ids that an environment can have at most: 0 … 65535, as Debian's own tools give them. */
const idsMost = 65_536;

export type IdFile = 'uid_map' | 'gid_map';

/** Lines of a uid_map: first id inside, first outside, how many: user_namespaces(7). */
const idMap = (file: IdFile = 'uid_map'): readonly (readonly [inside: number, outside: number, count: number])[] =>
  readFileSync(`/proc/self/${file}`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number, number]);

/** What belongs to the namespace, and goes with it and with the boot; undefined outside of any. */
const directory = (): string | undefined => process.env['ISOLA_NAMESPACE'] || undefined;

let rootless: boolean | undefined;

/** Whether isola is root in an ordinary user's namespace alone. */
export const isRootless = (): boolean => {
  // The variable alone may come from anywhere: the host's root has his ids as they are.
  rootless ??= directory() !== undefined && idMap()[0]?.[1] !== 0;
  return rootless;
};

/** Whether this is an ordinary user, in such a namespace or outside. */
export const isOrdinaryUser = (): boolean => process.getuid?.() !== 0 || isRootless();

/** How many user ids there are here from 0 on, 65,536 at most: 1 where the user has none in subuid(5). */
export const idsHere = (): number => {
  let count = 0;
  for (const [inside, , length] of idMap()) if (inside === count) count += length;
  return Math.min(count, idsMost);
};

/** What a namespace below this one is given so that it has the same ids: line by line, for the kernel takes no range across two of them. */
export const sameIds = (file: IdFile): string =>
  idMap(file)
    .map(([inside, , count]) => `${inside} ${inside} ${count}\n`)
    .join('');

/** The user's id as the host counts. */
export const hostUid = (): number => idMap()[0]?.[1] ?? 0;

/** Where runtime files are. */
export const runtimeDirectory = (): string => (isRootless() ? (directory() ?? '') : '/run/isola');

/** The usual store: basedir-spec, XDG_DATA_HOME. */
export const usualStore = (): string => {
  if (!isOrdinaryUser()) return '/var/lib/isola';
  const data = process.env['XDG_DATA_HOME'] || `${process.env['HOME'] ?? ''}/.local/share`;
  return `${data}/isola`;
};

/**
 * The descriptor that keeps the namespace, for what outlives isola to inherit; undefined where there is none. While somebody in it has
 * it open, whoever comes finds the way in.
 */
export const namespaceHold = (): number | undefined => {
  const fd = Number(process.env['ISOLA_HOLD'] || Number.NaN);
  return isRootless() && Number.isInteger(fd) ? fd : undefined;
};

/** The script by which a program is begun in an ordinary user's namespace: `enter PROGRAM [ARGUMENT …]`. */
export const wayIn = join(import.meta.dirname, 'enter');

/** Why an ordinary user got no namespace, in the kernel's words; undefined where he has one or none was tried. */
export const whyNoNamespace = (): string | undefined => process.env['ISOLA_NOT_ENTERED'] || undefined;
