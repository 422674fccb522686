/** Control groups version 2: linux Documentation/admin-guide/cgroup-v2.rst. */
import { chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Limits, Refusal, showBytes, usualPids, weightRange } from '../../environment/index.ts';
import { until } from '../program/processes.ts';
import { ioStatistics, rateLine, refuseWeightWithoutScheduler } from './block.ts';
import { attachDeviceRules, type DeviceRule } from './devices.ts';
import type { BlockDevice, ControlGroup, GroupUsage } from './group.ts';
import { isInGroup, killMembers, membersOf, read, readKey, readLimit, removeGroups } from './tree.ts';

const periodUs = 100_000;
const wantedControllers = ['cpu', 'cpuset', 'io', 'memory', 'pids'] as const;

export class UnifiedGroup implements ControlGroup {
  readonly entrances: readonly string[];
  readonly #root: string;
  readonly #path: string;

  constructor(root: string, path: string) {
    this.#root = root;
    this.#path = `${root}/${path}`;
    this.entrances = [`${this.#path}/cgroup.procs`];
  }

  async create(owner: number | null, devices: readonly DeviceRule[] = []): Promise<void> {
    this.createTrusted();
    await attachDeviceRules(this.#path, devices);
    if (owner !== null) delegate(this.#path, owner);
  }

  createTrusted(): void {
    mkdirSync(this.#path, { recursive: true });
    // A controller works in a group only if every group above hands it on: "Enabling and Disabling".
    const above = this.#path
      .slice(this.#root.length + 1)
      .split('/')
      .slice(0, -1);
    for (let depth = 0; depth <= above.length; depth++) this.#handOn([this.#root, ...above.slice(0, depth)].join('/'));
    leavePressureOut(this.#root, this.#path);
  }

  apply(limits: Limits, disk: BlockDevice | null): void {
    const quota = limits.cpus === undefined ? 'max' : String(Math.max(1000, Math.round(limits.cpus * periodUs)));
    this.#set('cpu.max', `${quota} ${periodUs}`, limits.cpus, 'processor time');
    this.#set('cpu.weight', String(limits.cpuWeight ?? weightRange.usual), limits.cpuWeight, 'processor weight');
    this.#set('cpuset.cpus', limits.cpuset ?? '', limits.cpuset, 'the processors');
    this.#applyMemory(limits);
    this.#set('pids.max', String(limits.pids ?? usualPids), limits.pids, 'processes');
    this.#applyDisk(limits, disk);
  }

  usage(limits: Limits): GroupUsage {
    const at = (file: string): string => `${this.#path}/${file}`;
    const usedUs = readKey(at('cpu.stat'), 'usage_usec') ?? 0;
    const throttledUs = readKey(at('cpu.stat'), 'throttled_usec');
    return {
      cpu: {
        usedSeconds: usedUs / 1e6,
        limitCpus: limits.cpus ?? null,
        throttledPeriods: readKey(at('cpu.stat'), 'nr_throttled'),
        throttledSeconds: throttledUs === null ? null : throttledUs / 1e6,
      },
      memory: {
        used: Number(read(at('memory.current'))),
        limit: readLimit(at('memory.max')),
        hits: readKey(at('memory.events'), 'max'),
        oomKills: readKey(at('memory.events'), 'oom_kill'),
      },
      pids: { used: Number(read(at('pids.current'))), limit: readLimit(at('pids.max')), hits: readKey(at('pids.events'), 'max') },
      io: ioStatistics(read(at('io.stat'))),
    };
  }

  freeze(): Promise<void> {
    return freezeUnified(this.#path);
  }

  thaw(): void {
    writeFileSync(`${this.#path}/cgroup.freeze`, '0');
  }

  isFrozen(): boolean {
    return isFrozenUnified(this.#path);
  }

  members(): readonly number[] {
    return membersOf(this.#path);
  }

  holds(pid: number): boolean {
    return isInGroup(pid, this.#path.slice(this.#root.length + 1));
  }

  async kill(): Promise<void> {
    await killUnified(this.#path);
    await killMembers(this.#path);
  }

  async remove(): Promise<void> {
    await removeGroups([this.#path]);
  }

  #handOn(path: string): void {
    const offered = read(`${path}/cgroup.controllers`).trim().split(' ');
    const handed = read(`${path}/cgroup.subtree_control`).trim().split(' ');
    for (const controller of wantedControllers) {
      if (!offered.includes(controller) || handed.includes(controller)) continue;
      try {
        writeFileSync(`${path}/cgroup.subtree_control`, `+${controller}`);
      } catch {
        // EBUSY: processes live in that group itself, as in a nested container. A limit that needs it is refused when asked for.
      }
    }
  }

  #applyMemory({ memoryBytes, swapBytes }: Limits): void {
    try {
      this.#set('memory.max', String(memoryBytes ?? 'max'), memoryBytes, 'memory');
    } catch (error) {
      if (error instanceof Refusal) throw error;
      const used = showBytes(Number(read(`${this.#path}/memory.current`)));
      throw new Refusal('limit-too-small', ['memory', showBytes(memoryBytes ?? 0), `${used} are in use and can't be freed`], {
        cause: error,
      });
    }
    this.#set('memory.swap.max', String(swapBytes ?? 'max'), swapBytes, 'swap');
  }

  #applyDisk(limits: Limits, disk: BlockDevice | null): void {
    const line = rateLine(limits, disk);
    const asked = limits.ioReadBytes ?? limits.ioWriteBytes ?? limits.ioReadOps ?? limits.ioWriteOps;
    if (line !== undefined) this.#set('io.max', line, asked, 'disk rate');
    if (limits.ioWeight !== undefined) refuseWeightWithoutScheduler(disk);
    const file = existsSync(`${this.#path}/io.bfq.weight`) ? 'io.bfq.weight' : 'io.weight';
    this.#set(file, String(limits.ioWeight ?? weightRange.usual), limits.ioWeight, 'disk weight');
  }

  /** Writes an interface file. Where the kernel has none, that matters only if something was asked for. */
  #set(file: string, value: string, asked: unknown, what: string): void {
    if (existsSync(`${this.#path}/${file}`)) writeFileSync(`${this.#path}/${file}`, value);
    else if (asked !== undefined) {
      throw new Refusal('limit-unsupported', [
        what,
        `its control groups have no ${file} here`,
        'isola doctor tells which controllers are handed on',
      ]);
    }
  }
}

/**
 * Has the kernel keep no pressure figures for a group and those above it, below `root`: a pipe between two processes took 1.030 times
 * what it takes outside with them, 1.021 without, and nobody asks for them. What a guest makes below has its own.
 */
export const leavePressureOut = (root: string, path: string): void => {
  for (let at = path; at !== root; at = dirname(at)) {
    // Absent before linux 6.1, and where the kernel keeps none.
    if (existsSync(`${at}/cgroup.pressure`)) writeFileSync(`${at}/cgroup.pressure`, '0');
  }
};

/** Lets a guest's root divide its group further: "Delegation", "Model of Delegation". */
export const delegate = (path: string, owner: number): void => {
  for (const file of ['', '/cgroup.procs', '/cgroup.subtree_control', '/cgroup.threads']) chownSync(`${path}${file}`, owner, owner);
};

export const freezeUnified = async (path: string): Promise<void> => {
  writeFileSync(`${path}/cgroup.freeze`, '1');
  await until(() => readKey(`${path}/cgroup.events`, 'frozen') === 1, 10_000, 1);
};

export const isFrozenUnified = (path: string): boolean => read(`${path}/cgroup.freeze`).trim() === '1';

/** cgroup.kill, since linux 5.14; where it is missing, `killMembers` does it alone. */
export const killUnified = async (path: string): Promise<void> => {
  if (existsSync(`${path}/cgroup.kill`)) writeFileSync(`${path}/cgroup.kill`, '1');
};
