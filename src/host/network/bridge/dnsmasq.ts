/** The bridge's name server: one dnsmasq(8), bound to the gateway's address alone. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Refusal } from '../../../environment/index.ts';
import { leaveGroups } from '../../cgroup/index.ts';
import { readIfThere } from '../../file/files.ts';
import { isAlive, markOf, signal, until } from '../../program/processes.ts';
import { run } from '../../program/run.ts';
import { listeners } from '../programs/sockets.ts';
import { answersNames, domainOption, isServerOf, showNames } from './names.ts';
import { type BridgePlan, pathOf } from './plan.ts';

/** Starts it unless it runs. Not to be called twice at once. Throws `port-taken` where another name server is in its way. */
export const answerNames = async (plan: BridgePlan): Promise<void> => {
  if (answersNames(plan)) return;
  showNames(plan, 'gateway', plan.gateway, ['_gateway']);
  if (!(await startServer(plan))) {
    // One whose starter was killed before its process id was written down, or one that is just ending.
    await stopAnswering(plan);
    for (let patience = 10; !(await startServer(plan)); patience--) await refuseOtherServer(plan, patience > 0);
  }
  leaveGroups(Number(readFileSync(pathOf.pid(plan), 'utf8')));
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
  domainOption,
  '--expand-hosts',
  '--local=/isola/',
  '--domain-needed',
  `--rev-server=${plan.subnet}`,
  '--cache-size=1000',
];

/** The Debian package makes a user for it; elsewhere nobody does. */
const serverUser = (): string => (/^dnsmasq:/m.test(readIfThere('/etc/passwd') ?? '') ? 'dnsmasq' : 'nobody');

/** Returns when it listens: true, or false if something else does. */
const startServer = async (plan: BridgePlan): Promise<boolean> => {
  const options = { env: { ...process.env, LC_ALL: 'C' }, lasting: true, accept: [0, badNetwork] };
  const result = await run('dnsmasq', serverArguments(plan), options);
  if (result.code === 0) return true;
  if (result.stderr.includes('Address already in use')) return false;
  throw new Refusal('host-command-failed', ['dnsmasq', result.stderr.trim()]);
};

/** dnsmasq(8), EXIT CODES: a problem with network access. */
const badNetwork = 2;

/** A socket whose owner nobody sees belongs to a process that is ending; that is waited for. */
const refuseOtherServer = async ({ gateway }: BridgePlan, mayWait: boolean): Promise<void> => {
  const other = (await listeners('tcp', 53)).find(({ address }) => address === '0.0.0.0' || address === gateway);
  if (other?.pid != null || !mayWait) throw new Refusal('port-taken', [`53 of ${gateway}`, other?.owner ?? 'another process of this host']);
  await new Promise((resolve) => setTimeout(resolve, 20));
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
