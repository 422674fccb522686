/**
 * The bridge's name server: one dnsmasq(8), bound to the gateway's address alone. It watches a directory with a hosts file for each
 * environment, and sees a change before the next question: its loop looks at inotify before it looks at sockets.
 */
import {
  chmodSync,
  closeSync,
  existsSync,
  fchmodSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { Refusal } from '../../../environment/index.ts';
import { readIfThere, writeInPlace } from '../../files.ts';
import { isAlive, markOf, signal, until } from '../../processes.ts';
import { run } from '../../run.ts';
import { listeners } from '../programs/sockets.ts';
import { type BridgePlan, pathOf } from './plan.ts';

/** Whether it runs. */
export const answersNames = (plan: BridgePlan): boolean => {
  const pid = Number(readIfThere(pathOf.pid(plan)));
  return pid > 0 && isServerOf(plan, pid);
};

/** Starts it unless it runs. Not to be called twice at once. */
export const answerNames = async (plan: BridgePlan): Promise<void> => {
  if (answersNames(plan)) return;
  // One whose starter was killed before its process id was written down.
  await stopAnswering(plan);
  showNames(plan, 'gateway', plan.gateway, ['_gateway']);
  await refuseOtherServer(plan);
  await run('dnsmasq', serverArguments(plan));
  leaveControlGroups(Number(readFileSync(pathOf.pid(plan), 'utf8')));
};

/** Ends it, and any other that a killed process left. */
export const stopAnswering = async (plan: BridgePlan): Promise<void> => {
  for (const pid of serversOf(plan)) {
    const mark = markOf(pid);
    const gone = (): boolean => mark === undefined || !isAlive(mark);
    signal(pid, 'SIGTERM');
    if (!(await until(gone, 2000))) signal(pid, 'SIGKILL');
    if (!(await until(gone, 2000))) throw new Error(`dnsmasq, process ${pid}, does not end`);
  }
  rmSync(pathOf.pid(plan), { force: true });
};

/** Process ids of the servers of this bridge; one, unless something was killed. */
export const serversOf = (plan: BridgePlan): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => isServerOf(plan, pid));

/** Whether a process is the name server of any bridge of isola. */
export const isNameServer = (pid: number): boolean => commandLine(pid).includes(domain);

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

const domain = '--domain=isola';

const serverArguments = (plan: BridgePlan): readonly string[] => [
  '--conf-file=/dev/null',
  `--pid-file=${pathOf.pid(plan)}`,
  `--user=${serverUser()}`,
  '--bind-interfaces',
  '--except-interface=lo',
  `--listen-address=${plan.gateway}`,
  '--no-hosts',
  `--hostsdir=${pathOf.hosts(plan)}`,
  // Names with and without the domain; what is unknown in it, and names without any dot, are not asked of others.
  domain,
  '--expand-hosts',
  '--local=/isola/',
  '--domain-needed',
  `--rev-server=${plan.subnet}`,
  '--cache-size=1000',
];

/** The Debian package makes a user for it; elsewhere nobody does. */
const serverUser = (): string => (/^dnsmasq:/m.test(readIfThere('/etc/passwd') ?? '') ? 'dnsmasq' : 'nobody');

const isServerOf = (plan: BridgePlan, pid: number): boolean => {
  const words = commandLine(pid);
  return words.includes(`--pid-file=${pathOf.pid(plan)}`) && words.includes(`--listen-address=${plan.gateway}`);
};

/** None for a zombie, or where there is no such process. */
const commandLine = (pid: number): readonly string[] => readIfThere(`/proc/${pid}/cmdline`)?.split('\0') ?? [];

/** A name server that listens on every address leaves none for this one. A socket without an owner belongs to a process that is ending. */
const refuseOtherServer = async ({ gateway }: BridgePlan): Promise<void> => {
  for (let patience = 10; ; patience--) {
    const other = (await listeners('udp', 53)).find(({ address }) => address === '0.0.0.0' || address === gateway);
    if (other === undefined) return;
    if (other.pid !== null || patience === 0) throw new Refusal('port-taken', [`53 of ${gateway}`, other.owner]);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

/** dnsmasq reads names as its own user, so umask or not, everybody must get there. */
export const makeSearchable = (path: string): void => {
  if (path !== '/') makeSearchable(dirname(path));
  if (!existsSync(path)) {
    mkdirSync(path);
    chmodSync(path, 0o755);
  }
  const others = 0o001;
  if ((statSync(path).mode & others) === 0) throw new Refusal('store-unusable', [path, 'dnsmasq can’t get in; chmod o+x lets it']);
};

/**
 * It serves every environment, so it must outlive the service or session whose command happened to start it. Where it may not leave, it
 * stays: then it ends with them, and the next environment starts it again.
 */
const leaveControlGroups = (pid: number): void => {
  const root = '/sys/fs/cgroup';
  if (!existsSync(root)) return;
  const hierarchies = ['.', ...readdirSync(root)].map((name) => `${root}/${name}/cgroup.procs`);
  for (const file of hierarchies.filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile())) {
    try {
      writeInPlace(file, String(pid));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
    }
  }
};
