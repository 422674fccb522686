/** What both kinds of groups do alike with the directories that stand for them. */
import { readFileSync } from 'node:fs';
import { isMissing } from '../file/files.ts';
import { signal, until } from '../program/processes.ts';
import { directoriesIn, removeEmpty } from './hierarchies.ts';

/** How long processes that were killed may take to be gone, in ms: one in uninterruptible sleep takes its time. */
const patienceMs = 10_000;

/** The directory and all below it, deepest first. */
export const descendants = (path: string): readonly string[] => [
  ...directoriesIn(path).flatMap((name) => descendants(`${path}/${name}`)),
  path,
];

export const membersOf = (path: string): readonly number[] =>
  descendants(path).flatMap((directory) => readNumbers(`${directory}/cgroup.procs`));

/** Whether a process belongs to a control group path or one below it: proc_pid_cgroup(5). */
export const isInGroup = (pid: number, group: string): boolean =>
  read(`/proc/${pid}/cgroup`)
    .split('\n')
    .some((line) => {
      const path = line.slice(line.indexOf(':', line.indexOf(':') + 1) + 1);
      return path === `/${group}` || path.startsWith(`/${group}/`);
    });

/** Kills until nothing is left, for what is forked meanwhile dies in the next round. */
export const killMembers = async (path: string): Promise<void> => {
  const gone = await until(() => {
    const members = membersOf(path);
    for (const pid of members) signal(pid, 'SIGKILL');
    return members.length === 0;
  }, patienceMs);
  if (!gone) throw new Error(`processes ${membersOf(path).join(' ')} in ${path} do not die`);
};

/** Removes all directories; one stays busy until its last zombie has been reaped. */
export const removeGroups = async (paths: readonly string[]): Promise<void> => {
  const left = () => paths.filter((path) => !descendants(path).every(removeEmpty));
  let rest = left();
  if (rest.length === 0) return;
  await until(() => {
    rest = left();
    return rest.length === 0;
  }, patienceMs);
  if (rest.length > 0) throw new Error(`control group ${rest[0]} stays busy`);
};

/** A file of one number per line; none where there is no such file. */
const readNumbers = (path: string): readonly number[] =>
  read(path)
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [Number(line)]));

/** Contents of an interface file; empty where the kernel doesn't have it or the group is gone. */
export const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error) || (error instanceof Error && 'code' in error && ['ENODEV', 'EOPNOTSUPP'].includes(String(error.code)))) return '';
    throw error;
  }
};

/** A number, or null for `max`, `-1`, something absent, and version 1's way to write no limit (2^63 rounded to pages). */
export const readLimit = (path: string): number | null => {
  const text = read(path).trim();
  const value = text === '' || text === 'max' ? Number.NaN : Number(text);
  return Number.isNaN(value) || value < 0 || value >= 2 ** 62 ? null : value;
};

/** Value of a key in a file of `key value` lines; null where there is none. */
export const readKey = (path: string, key: string): number | null => {
  const line = read(path)
    .split('\n')
    .find((one) => one.startsWith(`${key} `));
  return line === undefined ? null : Number(line.slice(key.length + 1));
};
