/**
 * The user and network namespace of an environment, made before it starts and held by a process that waits for nothing until
 * the runtime has joined them.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { Refusal } from '../../environment/index.ts';
import { spawned } from '../../host/program/spawn.ts';
import { isRootless, sameIds } from '../../host/user/index.ts';
import { idsPerSlot } from '../place.ts';

/** `shared`: the host's; `own`: somebody will wire it; `loopback`: nobody will, and its loopback link is brought up here. */
export type NetworkToHold = 'shared' | 'own' | 'loopback';

export interface Held {
  readonly pid: number;
  /** Paths for the runtime to join; undefined where the host's is shared. */
  readonly user: string | undefined;
  readonly network: string | undefined;
  /** A descriptor of the user namespace, for idmapped mounts; closed by `release`. */
  readonly userFd: number | undefined;
  release(): void;
}

/**
 * The user namespace is made by its own root's host id, not by isola's: the kernel charges inotify instances and the like to the
 * maker, and 128 are soon used up (25 of 40 systemd environments came up when root made all; 60 of 60 this way).
 * An ordinary user's environments have all his namespace's ids, and are made by its root. `base` null: isola's own ids. The holder ends with isola, however that ends: its input closes.
 */
export const holdNamespaces = async (base: number | null, network: NetworkToHold): Promise<Held | undefined> => {
  if (base === null && network === 'shared') return undefined;
  const kinds = [...(base === null ? [] : ['--user', '--keep-caps']), ...(network === 'shared' ? [] : ['--net'])];
  const waiter = network === 'loopback' ? ['sh', '-c', 'ip link set lo up && exec cat'] : ['cat'];
  const unshare = ['unshare', ...kinds, '--', ...waiter];
  const line =
    base === null || isRootless() ? unshare : ['setpriv', `--reuid=${base}`, `--regid=${base}`, '--clear-groups', '--', ...unshare];
  const [program = '', ...args] = line;
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], cwd: '/' });
  const complaint: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => complaint.push(chunk));
  child.stdin.on('error', () => {});
  await spawned(program, child);
  // What cat gives back shows that the namespaces are there.
  child.stdin.write('.');
  await Promise.race([once(child.stdout, 'data'), once(child, 'close')]);
  const pid = child.pid ?? 0;
  if (child.exitCode !== null || child.signalCode !== null) {
    throw new Refusal('host-command-failed', [
      line.slice(0, 2).join(' '),
      `made no namespaces: ${Buffer.concat(complaint).toString().trim()}`,
    ]);
  }
  if (base !== null)
    for (const file of ['uid_map', 'gid_map'] as const)
      writeFileSync(`/proc/${pid}/${file}`, isRootless() ? sameIds(file) : `0 ${base} ${idsPerSlot}\n`);
  const userFd = base === null ? undefined : openSync(`/proc/${pid}/ns/user`, 'r');
  return {
    pid,
    user: base === null ? undefined : `/proc/${pid}/ns/user`,
    network: network === 'shared' ? undefined : `/proc/${pid}/ns/net`,
    userFd,
    release: () => {
      if (userFd !== undefined) closeSync(userFd);
      child.kill('SIGKILL');
    },
  };
};
