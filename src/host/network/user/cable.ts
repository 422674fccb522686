/**
 * An ordinary user's cable: inside, `eth0`, as on a bridge. Its other end is in a network namespace of its own, from where a small program
 * (guest/cable) carries packets to passt(1), which is a user's program like any other and speaks for the environment to the world. So it needs no
 * right that its user has not, and no device of the host; and when the environment's namespace is gone, so are both programs.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Address, Publish } from '../../../environment/index.ts';
import { Refusal } from '../../../environment/index.ts';
import { allProcesses, commandLineOf, isAlive, markOf, signal, until } from '../../program/processes.ts';
import { run } from '../../program/run.ts';
import { spawned } from '../../program/spawn.ts';
import { refuseListening } from '../port/publish.ts';
import type { PortUse } from '../port/use.ts';
import { feed, ipInside, withoutIpv6 } from '../programs/iproute.ts';

export interface UserPort {
  /** A process in the network namespace that gets the cable. */
  readonly pid: number;
  readonly address: Address;
  readonly publish: readonly Publish[];
  /** Whether its end gets no address: something else than the host's kernel speaks there. */
  readonly isBare: boolean;
  /** The program of guest/cable. */
  readonly program: string;
  /** Path of the socket between both programs; it is what they are known by. */
  readonly socket: string;
}

const patienceMs = 5000;

/** Undone if it throws: `port-taken`, `malformed-value`, `program-missing`, `host-command-failed`. */
export const plugUser = async (port: UserPort): Promise<void> => {
  for (const publish of port.publish) await refusePort(publish);
  try {
    await startPasst(port);
    await layCable(port);
    await feed(ipInside(port.pid), 'ip', within(port));
  } catch (error) {
    await unplugUser(port.socket);
    throw error;
  }
};

/** Ends both programs, whichever is there. */
export const unplugUser = async (socket: string): Promise<void> => {
  const marks = carriers((word) => word === socket).flatMap(({ pid }) => {
    const mark = markOf(pid);
    signal(pid, 'SIGKILL');
    return mark ?? [];
  });
  await until(() => !marks.some(isAlive), patienceMs, 1);
};

/** Sockets of programs that are at work, among those that begin so. */
export const userSockets = (prefix: string): readonly string[] => [
  ...new Set(carriers((word) => word.startsWith(prefix)).map(({ socket }) => socket)),
];

/** What went through the cable, as its own end counts: proc_pid_net(5). */
export const userUse = (dev: string): PortUse | undefined => {
  const fields = /^\s*eth0:\s*(.*)$/m.exec(dev)?.[1]?.split(/\s+/).map(Number);
  if (fields === undefined) return undefined;
  const at = (index: number): number => fields[index] ?? 0;
  return { receivedBytes: at(0), receivedPackets: at(1), sentBytes: at(8), sentPackets: at(9), hits: null };
};

/** ip-sysctl.rst, ip_unprivileged_port_start. */
const refusePort = async (publish: Publish): Promise<void> => {
  try {
    await refuseListening(publish);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EACCES')) throw error;
    throw new Refusal('malformed-value', ['--publish', String(publish.hostPort), 'on this host only root may publish a port below 1024'], {
      cause: error,
    });
  }
};

/** Whether exactly these ports are published. */
export const isPublished = (socket: string, publish: readonly Publish[]): boolean => {
  const passt = carriers((word) => word === socket).find(({ words }) => words.includes('--one-off'));
  const now = passt?.words.filter((_, at, words) => portOptions.has(words[at] ?? '') || portOptions.has(words[at - 1] ?? ''));
  return now?.join(' ') === portWords(publish).join(' ');
};

const portOptions = new Set(['--tcp-ports', '--udp-ports']);
const portWords = (publish: readonly Publish[]): readonly string[] =>
  publish.flatMap(({ protocol, hostAddress, hostPort, port }) => [`--${protocol}-ports`, `${hostAddress}/${hostPort}:${port}`]);

/** It goes into the background once it listens. One that has lost its cable ends (--one-off). */
const startPasst = async ({ address, publish, socket }: UserPort): Promise<void> => {
  const { ip, prefix, gateway } = address;
  const own = ['--ipv4-only', '--address', ip, '--netmask', String(prefix), '--gateway', gateway, '--mtu', String(mtu)];
  // The gateway's address is its name server, and not a way to what listens on the host's own loopback.
  const names = ['--dns-forward', gateway, '--no-map-gw', '--no-dhcp'];
  await run('passt', ['--quiet', '--one-off', '--socket', socket, ...own, ...names, ...portWords(publish)], { lasting: true });
};

const mtu = 1500;

const layCable = async ({ pid, address, program, socket }: UserPort): Promise<void> => {
  const line = [
    'unshare',
    '--net',
    '--',
    'sh',
    '-c',
    'ip -batch - > /dev/null && exec "$0" "$@"',
    program,
    link,
    socket,
    address.mac,
    address.ip,
  ];
  const child = spawn(line[0] ?? '', line.slice(1), { stdio: ['pipe', 'pipe', 'pipe'], detached: true, cwd: '/' });
  const complaint: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => complaint.push(chunk));
  child.stdin.on('error', () => {});
  await spawned('unshare', child);
  child.stdin.end(
    [`link add ${link} type veth peer name eth0 address ${address.mac} netns ${pid}`, `link set ${link} ${withoutIpv6()} up`, ''].join(
      '\n',
    ),
  );
  await Promise.race([once(child.stdout, 'data'), once(child, 'close')]);
  if (child.exitCode !== null || child.signalCode !== null)
    throw new Refusal('host-command-failed', ['the cable', Buffer.concat(complaint).toString().trim()]);
  for (const stream of [child.stdout, child.stderr]) stream.destroy();
  child.unref();
};

/** The end that the program holds. */
const link = 'cable';

const within = ({ isBare, address: { ip, prefix, gateway } }: UserPort): readonly string[] =>
  isBare
    ? [`link set eth0 ${withoutIpv6()} up`]
    : ['link set lo up', `address add ${ip}/${prefix} broadcast + dev eth0`, 'link set eth0 up', `route add default via ${gateway}`];

interface Carrier {
  readonly pid: number;
  readonly words: readonly string[];
  readonly socket: string;
}

const carriers = (isOne: (word: string) => boolean): readonly Carrier[] =>
  allProcesses().flatMap((pid) => {
    const words = commandLineOf(pid);
    const socket = words.find(isOne);
    return socket === undefined ? [] : [{ pid, words, socket }];
  });
