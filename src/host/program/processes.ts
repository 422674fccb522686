/** Which process is which: a process id alone may be reused, with boot and start time it can't be. */
import { readdirSync, readFileSync } from 'node:fs';
import { hasCode, isMissing, readIfThere } from '../file/files.ts';

/** `boot:pid:start`, unique for all time on this host. */
export type ProcessMark = string & { readonly mark: unique symbol };

let boot: string | undefined;
/** This boot's id, 32 hex digits: random(4), /proc/sys/kernel/random/boot_id. */
export const bootId = (): string => {
  boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().replaceAll('-', '');
  return boot;
};

/** The mark of a running process, or undefined if there is none with that id, or only its zombie. */
export const markOf = (pid: number): ProcessMark | undefined => {
  const stat = readIfThere(`/proc/${pid}/stat`);
  // proc_pid_stat(5): the name may hold anything, so fields count from the last parenthesis: (3) state … (22) starttime.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, start] = [fields?.[0], fields?.[19]];
  return start === undefined || state === 'Z' || state === 'X' ? undefined : (`${bootId()}:${pid}:${start}` as ProcessMark);
};

let own: ProcessMark | undefined;
export const ownMark = (): ProcessMark => {
  own ??= markOf(process.pid);
  if (own === undefined) throw new Error('/proc does not show this process');
  return own;
};

export const isAlive = (mark: string): boolean => markOf(pidOf(mark)) === mark;
export const pidOf = (mark: string): number => Number(mark.split(':')[1]);

const servantOf = 'ISOLA_SERVES';

/** The environment of a program that isola waits for: it bears isola's mark, by which `orphansGone` knows it. */
export const servantEnvironment = (env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv => ({ ...env, [servantOf]: ownMark() });

/** How long programs that a dead process started may take to end by themselves, in ms. */
const orphanPatienceMs = 10_000;

/** Waits for the programs that a killed isola was waiting for: what they still do would come after whoever cleans up. */
export const orphansGone = async (mark: string): Promise<void> => {
  if (await until(() => orphansOf(mark).length === 0, orphanPatienceMs)) return;
  for (const pid of orphansOf(mark)) signal(pid, 'SIGKILL');
  await until(() => orphansOf(mark).length === 0, orphanPatienceMs);
};

const orphansOf = (mark: string): readonly number[] =>
  allProcesses().filter((pid) => (readIfAllowed(`/proc/${pid}/environ`) ?? '').split('\0').includes(`${servantOf}=${mark}`));

/** Ids of all processes of this host. */
export const allProcesses = (): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

/** The words of a process's command line; none where it is gone. */
export const commandLineOf = (pid: number): readonly string[] => (readIfAllowed(`/proc/${pid}/cmdline`) ?? '').split('\0');

/** Processes of others may be closed to us, or end while they are looked at. */
const readIfAllowed = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error) || hasCode(error, 'EACCES') || hasCode(error, 'EPERM')) return undefined;
    throw error;
  }
};

/** Sends a signal; true if there was such a process. */
export const signal = (pid: number, name: NodeJS.Signals | number): boolean => {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
};

/** Asks a condition again and again until it holds: true, or false once `timeoutMs` have passed. */
export const until = async (holds: () => boolean, timeoutMs: number, everyMs = 5): Promise<boolean> => {
  const end = performance.now() + timeoutMs;
  while (!holds()) {
    if (performance.now() >= end) return false;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  return true;
};
