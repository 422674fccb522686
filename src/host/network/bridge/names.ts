/**
 * Names on the bridge: a directory with a hosts file for each environment, which its name server watches. It sees a change before the
 * next question, because dnsmasq's loop looks at inotify before it looks at sockets.
 */
import { closeSync, fchmodSync, openSync, readlinkSync, rmSync, writeSync } from 'node:fs';
import { isMissing, readIfThere } from '../../file/files.ts';
import { type BridgePlan, pathOf } from './plan.ts';

/** Lets names resolve to an address, from the next question on. `entry` is the file's name: the slot, as in links. */
export const showNames = (plan: BridgePlan, entry: string, ip: string, names: readonly string[]): void => {
  const file = openSync(`${pathOf.hosts(plan)}/${entry}`, 'w');
  try {
    // Not by openSync's mode: with a root's strict umask dnsmasq could not read it.
    fchmodSync(file, 0o644);
    writeSync(file, `${ip} ${[...new Set(names)].join(' ')}\n`);
  } finally {
    closeSync(file);
  }
};

export const hideNames = (plan: BridgePlan, entry: string): void => rmSync(`${pathOf.hosts(plan)}/${entry}`, { force: true });

/** Whether the name server runs. */
export const answersNames = (plan: BridgePlan): boolean => {
  const pid = Number(readIfThere(pathOf.pid(plan)));
  return pid > 0 && isServerOf(plan, pid);
};

/** Whether a process is this bridge's name server: of this network namespace, because another may have a bridge of the same name. */
export const isServerOf = (plan: BridgePlan, pid: number): boolean => {
  const words = commandLine(pid);
  const named = words.includes(`--pid-file=${pathOf.pid(plan)}`) && words.includes(`--listen-address=${plan.gateway}`);
  return named && networkOf(pid) === networkOf('self');
};

const networkOf = (pid: number | 'self'): string | undefined => {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
};

/** Whether a process is the name server of any bridge of isola. */
export const isNameServer = (pid: number): boolean => commandLine(pid).includes(domainOption);

/** Its command line tells isola's name servers from others. */
export const domainOption = '--domain=isola';

/** None for a zombie, or where there is no such process. */
const commandLine = (pid: number): readonly string[] => readIfThere(`/proc/${pid}/cmdline`)?.split('\0') ?? [];
