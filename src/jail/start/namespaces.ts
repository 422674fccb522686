/**
 * The user and network namespace of an environment, made before it starts and held by a process that waits for nothing until
 * the runtime has joined them.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { Refusal } from '../../environment/index.ts';
import { servantEnvironment } from '../../host/program/processes.ts';
import { spawned } from '../../host/program/spawn.ts';
import { isRootless, sameIds } from '../../host/user/index.ts';
import { idsPerSlot } from '../place.ts';
import { usherIn } from './usher.ts';

/** `shared`: the host's; `own`: somebody will wire it; `loopback`: nobody will, and its loopback link is brought up here. */
export type NetworkToHold = 'shared' | 'own' | 'loopback';

export interface Held {
  readonly pid: number;
  /** Paths for the runtime to join; undefined where the host's is shared. */
  readonly user: string | undefined;
  readonly network: string | undefined;
  /** Has the holder lay its cable, order by order; undefined where it can't: guest/usher, hold.c. */
  readonly ask: ((order: string) => Promise<void>) | undefined;
  /** A descriptor of the user namespace, for idmapped mounts; closed by `release`. */
  readonly userFd: number | undefined;
  release(): void;
}

/**
 * The user namespace is made by its own root's host id, not by isola's: the kernel charges inotify instances and the like to the
 * maker, and 128 are soon used up (25 of 40 systemd environments came up when root made all; 60 of 60 this way).
 * An ordinary user's environments have all his namespace's ids, and are made by its root. `base` null: isola's own ids. The holder ends with isola, however that ends: its input closes.
 */
export const holdNamespaces = async (guest: string, base: number | null, network: NetworkToHold): Promise<Held | undefined> => {
  if (base === null && network === 'shared') return undefined;
  const maker = isRootless() ? null : base;
  const usher = usherIn(guest);
  const line = usher === undefined ? heldByCat(maker, base !== null, network) : heldByUsher(usher, maker, base !== null, network);
  const [program = '', ...args] = line;
  // What it still does for a killed isola, whoever cleans up waits for.
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], cwd: '/', env: servantEnvironment(), detached: true });
  const complaint: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => complaint.push(chunk));
  child.stdin.on('error', () => {});
  const ended = new Promise((resolve) => child.once('close', resolve));
  await spawned(program, child);
  const answer = linesOf(child.stdout);
  // What cat gives back shows that the namespaces are there. The usher says by itself which of its processes holds them.
  if (usher === undefined) child.stdin.write(`${child.pid}\n`);
  const pid = Number((await answer()) ?? Number.NaN);
  if (Number.isNaN(pid)) {
    await ended;
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
    ask:
      usher === undefined
        ? undefined
        : async (order) => {
            child.stdin.write(`${order}\n`);
            const said = (await answer()) ?? 'it has ended';
            if (said !== '.') throw new Refusal('host-command-failed', [`isola-usher ${order}`, `failed: ${said}`]);
          },
    release: () => {
      if (userFd !== undefined) closeSync(userFd);
      child.stdin.end();
    },
  };
};

/** Gives a stream's lines one by one; undefined at its end. Not by node:readline, which takes longer to load than to use. */
const linesOf = (stream: Readable): (() => Promise<string | undefined>) => {
  let [text, hasEnded, wake] = ['', false, () => {}];
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    wake();
  });
  stream.once('close', () => {
    hasEnded = true;
    wake();
  });
  return async () => {
    while (!text.includes('\n')) {
      if (hasEnded) return undefined;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    const line = text.slice(0, text.indexOf('\n'));
    text = text.slice(line.length + 1);
    return line;
  };
};

const heldByUsher = (usher: string, maker: number | null, hasUser: boolean, network: NetworkToHold): readonly string[] => {
  const kinds = [...(hasUser ? ['user'] : []), ...(network === 'shared' ? [] : ['net']), ...(network === 'loopback' ? ['lo'] : [])];
  return [usher, 'hold', String(maker ?? '-'), ...kinds];
};

const heldByCat = (maker: number | null, hasUser: boolean, network: NetworkToHold): readonly string[] => {
  const kinds = [...(hasUser ? ['--user', '--keep-caps'] : []), ...(network === 'shared' ? [] : ['--net'])];
  const waiter = network === 'loopback' ? ['sh', '-c', 'ip link set lo up && exec cat'] : ['cat'];
  const became = maker === null ? [] : ['setpriv', `--reuid=${maker}`, `--regid=${maker}`, '--clear-groups', '--'];
  return [...became, 'unshare', ...kinds, '--', ...waiter];
};
