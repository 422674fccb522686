/**
 * What stands in for a control group where isola is root in an ordinary user's namespace alone: an environment's processes are those of its
 * process namespace, and end with the first of them. Nothing limits them, and what they use is added up.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { type Limits, Refusal } from '../environment/index.ts';
import type { ControlGroup, GroupUsage } from '../host/cgroup/index.ts';
import { isMissing, makeDirectory, readIfThere, removeTree } from '../host/file/files.ts';
import { allProcesses, commandLineOf, signal, until } from '../host/program/processes.ts';
import type { Place } from './place.ts';

/** How long what was killed may take to be gone, in ms. */
const patienceMs = 10_000;
/** sysconf(3), _SC_CLK_TCK and _SC_PAGESIZE: the same on every Linux for x64, and with Debian's kernel for arm64. */
const ticksPerSecond = 100;
const pageBytes = 4096;
/** How long who was just forked is waited with, in ticks, and for how long anybody is, in ms: where all fork and end, nobody grows old. */
const [newTicks, forkingMs] = [20, 2000];

export class ProcessTree implements ControlGroup {
  readonly entrances: readonly string[] = [];
  readonly #place: Omit<Place, 'base'>;

  constructor(place: Omit<Place, 'base'>) {
    this.#place = place;
  }

  /** Its directory shows whoever would end the shared services that somebody is on his way in. */
  async create(): Promise<void> {
    makeDirectory(this.#place.running, 0o711);
  }

  createTrusted(): void {}

  apply(limits: Limits): void {
    refuseLimits(limits);
  }

  usage(): GroupUsage {
    const stats = this.members().flatMap((pid) => statOf(pid) ?? []);
    const sum = (key: 'ticks' | 'pages'): number => stats.reduce((total, stat) => total + stat[key], 0);
    return {
      cpu: { usedSeconds: sum('ticks') / ticksPerSecond, limitCpus: null, throttledPeriods: null, throttledSeconds: null },
      memory: { used: sum('pages') * pageBytes, limit: null, hits: null, oomKills: null },
      pids: { used: stats.length, limit: null, hits: null },
      io: null,
    };
  }

  /**
   * Again and again, for what is forked meanwhile runs until it is found. Who is traced gets no signal, for his tracer would take it for his own
   * affair (User-Mode Linux ends of it): he runs on until he next has to do with the tracer, which stands still. Nor does who was just forked, for a
   * while: he may be about to have himself traced.
   */
  async freeze(): Promise<void> {
    const patientUntil = performance.now() + forkingMs;
    await until(() => {
      const members = this.members();
      const running = members.filter((pid) => !isStopped(pid) && !isTraced(pid));
      const isPatient = performance.now() < patientUntil;
      for (const pid of running) if (!isPatient || !isNewIn(members, pid)) signal(pid, 'SIGSTOP');
      return running.length === 0;
    }, patienceMs);
  }

  /** The youngest first: a parent, which may be a tracer, finds no child stopped by what was no affair of theirs. */
  thaw(): void {
    const stopped = this.members().filter((pid) => !isTraced(pid));
    const startOf = new Map(stopped.map((pid) => [pid, statOf(pid)?.start ?? 0]));
    for (const pid of stopped.toSorted((a, b) => (startOf.get(b) ?? 0) - (startOf.get(a) ?? 0) || b - a)) signal(pid, 'SIGCONT');
  }

  isFrozen(): boolean {
    const first = this.#first();
    return first !== null && isStopped(first);
  }

  members(): readonly number[] {
    const first = this.#first();
    const namespace = first === null ? undefined : namespaceOf(first);
    return namespace === undefined ? [] : allProcesses().filter((pid) => namespaceOf(pid) === namespace);
  }

  holds(pid: number): boolean {
    const first = this.#first();
    return first !== null && (pid === first || namespaceOf(pid) === namespaceOf(first));
  }

  async kill(): Promise<void> {
    const members = new Set<number>();
    const gone = await until(() => {
      for (const pid of [...this.#runtimes(), ...this.members()]) members.add(pid);
      const first = this.#first();
      for (const pid of [...this.#runtimes(), ...(first === null ? [] : [first])]) signal(pid, 'SIGKILL');
      return ![...members].some((pid) => statOf(pid) !== undefined);
    }, patienceMs);
    if (!gone) throw new Error(`processes ${[...members].join(' ')} of ${this.#place.running} do not die`);
  }

  async remove(): Promise<void> {
    removeTree(this.#place.running);
  }

  /** Whoever is just making its first process, or waits beside it. */
  #runtimes(): readonly number[] {
    return allProcesses().filter((pid) => {
      const words = commandLineOf(pid);
      return words[0]?.endsWith('crun') && words.some((word) => word.endsWith(this.#place.running));
    });
  }

  /** Its first process, if that is still the one whose start the runtime noted. */
  #first(): number | null {
    const { pid, 'process-start-time': start } = parse(readIfThere(`${this.#place.state}/status`));
    if (typeof pid !== 'number' || pid <= 0) return null;
    const stat = statOf(pid);
    return stat !== undefined && (start === undefined || stat.start === start) ? pid : null;
  }
}

/** Throws `limit-unsupported` for a limit that takes a control group, unless it is kept otherwise. */
export const refuseLimits = (limits: Limits, kept: readonly (keyof Limits)[] = []): void => {
  const words: { readonly [K in keyof Limits]?: string } = {
    cpus: 'processor time',
    cpuWeight: 'processor weight',
    cpuset: 'the processors',
    memoryBytes: 'memory',
    swapBytes: 'swap',
    pids: 'processes',
    ioWeight: 'disk weight',
    ioReadBytes: 'disk rate',
    ioWriteBytes: 'disk rate',
    ioReadOps: 'disk rate',
    ioWriteOps: 'disk rate',
    networkBits: 'network rate',
    diskBytes: 'the disk',
  };
  for (const [key, word] of Object.entries(words)) {
    if (limits[key as keyof Limits] === undefined || kept.includes(key as keyof Limits)) continue;
    throw new Refusal('limit-unsupported', [word, 'only root may set limits', 'run isola with sudo, or leave the limit away']);
  }
};

/** crun's own note: libcrun/status.c. */
const parse = (text: string | undefined): { readonly pid?: unknown; readonly 'process-start-time'?: unknown } => {
  try {
    return JSON.parse(text ?? '{}');
  } catch {
    return {};
  }
};

const namespaceOf = (pid: number): string | undefined => {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
};

interface Stat {
  readonly state: string;
  readonly parent: number;
  readonly ticks: number;
  readonly start: number;
  readonly pages: number;
}

/** proc_pid_stat(5): (3) state, (4) ppid, (14) utime, (15) stime, (16) and (17) those of children that ended, (22) starttime, (24) rss; undefined where there is no such process, or its zombie. */
const statOf = (pid: number): Stat | undefined => {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = 'X', number] = [fields[0], (nth: number) => Number(fields[nth - 3])];
  if (state === 'Z' || state === 'X') return undefined;
  return { state, parent: number(4), ticks: number(14) + number(15) + number(16) + number(17), start: number(22), pages: number(24) };
};

/** proc_pid_status(5), TracerPid. */
const isTraced = (pid: number): boolean => /^TracerPid:\s+[1-9]/m.test(readIfThere(`/proc/${pid}/status`) ?? '');

/** Whether it was forked within the tree so lately that what it was forked for may be yet to come: ptrace(2), PTRACE_TRACEME. */
const isNewIn = (members: readonly number[], pid: number): boolean => {
  const stat = statOf(pid);
  return stat !== undefined && members.includes(stat.parent) && uptimeTicks() - stat.start < newTicks;
};

/** proc_uptime(5). */
const uptimeTicks = (): number => Number.parseFloat(readFileSync('/proc/uptime', 'utf8')) * ticksPerSecond;

const isStopped = (pid: number): boolean => ['T', 't', undefined].includes(statOf(pid)?.state);
