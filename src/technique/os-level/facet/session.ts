/** A command that entered, and all it started: they share a session, for the runtime gives each command one of its own (setsid(2)). */
import type { ControlGroup } from '../../../host/cgroup/index.ts';
import { readIfThere } from '../../../host/file/files.ts';
import { signal } from '../../../host/program/processes.ts';

/** The session of a process; undefined where it is gone. */
export const sessionOf = (pid: number): number | undefined => {
  const stat = readIfThere(`/proc/${pid}/stat`);
  // proc_pid_stat(5): the name may hold anything, so fields count from the last parenthesis: (3) state, ppid, pgrp, (6) session.
  return stat === undefined ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3]);
};

/** Kills every process of the group that is in the session. */
export const killSession = (session: number, group: ControlGroup): void => {
  for (const pid of group.members()) if (sessionOf(pid) === session) signal(pid, 'SIGKILL');
};
