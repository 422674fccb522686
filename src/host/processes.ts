/** Which process is which: a process id alone may be reused, with boot and start time it can't be. */
import { readFileSync } from 'node:fs';
import { readIfThere } from './files.ts';

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

export const ownMark = (): ProcessMark => {
  const mark = markOf(process.pid);
  if (mark === undefined) throw new Error('/proc does not show this process');
  return mark;
};

export const isAlive = (mark: string): boolean => markOf(pidOf(mark)) === mark;
export const pidOf = (mark: string): number => Number(mark.split(':')[1]);

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
