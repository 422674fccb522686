/**
 * Control groups version 1, with or without the unified hierarchy beside it (systemd's "hybrid" mode): linux
 * Documentation/admin-guide/cgroup-v1. Limits live in version 1; freezing, killing and what the guest may divide further live in
 * version 2 where it is mounted, for its freezer takes milliseconds where version 1's took up to 207 (measured, linux 6.18).
 */
import { chownSync, existsSync, mkdir, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type Limits, Refusal, showBytes, usualPids, weightRange } from '../../environment/index.ts';
import { until } from '../program/processes.ts';
import { ioOperations, operationLimits, refuseWeightWithoutScheduler } from './block.ts';
import { attachDeviceRules, type DeviceRule, restrictDevices } from './devices.ts';
import type { BlockDevice, ControlGroup, GroupUsage } from './group.ts';
import { type Hierarchies, mountPoints } from './hierarchies.ts';
import { isInGroup, killMembers, membersOf, read, readKey, readLimit, removeGroups } from './tree.ts';
import { delegate, freezeUnified, isFrozenUnified, killUnified, leavePressureOut } from './unified.ts';

/** Scheduling period in µs: linux Documentation/scheduler/sched-bwc.rst, the default. */
const periodUs = 100_000;
/** cpu.shares that stand for the usual weight: sched-design-CFS.rst. */
const usualShares = 1024;

export class LegacyGroup implements ControlGroup {
  readonly entrances: readonly string[];
  readonly #paths: ReadonlyMap<string, string>;
  readonly #unified: string | undefined;
  /** Mount point of version 2; empty where there is none. */
  readonly #root: string;
  readonly #name: string;
  readonly #all: readonly string[];

  constructor(hierarchies: Hierarchies, path: string) {
    this.#paths = new Map([...hierarchies.legacy].map(([controller, point]) => [controller, `${point}/${path}`]));
    this.#unified = hierarchies.unified === undefined ? undefined : `${hierarchies.unified}/${path}`;
    this.#root = hierarchies.unified ?? '';
    this.#name = path;
    this.#all = mountPoints(hierarchies).map((point) => `${point}/${path}`);
    this.entrances = this.#all.map((directory) => `${directory}/cgroup.procs`);
  }

  createTrusted(): void {
    for (const directory of this.#all) mkdirSync(directory, { recursive: true });
    this.#open();
  }

  /** Makes it fit for processes. */
  #open(): void {
    if (this.#unified !== undefined) leavePressureOut(this.#root, this.#unified);
    const cpuset = this.#paths.get('cpuset');
    // A fresh cpuset group has neither processors nor memory nodes, and refuses processes: cpusets.rst, 1.5.
    if (cpuset !== undefined) for (const file of ['cpuset.cpus', 'cpuset.mems']) inheritCpuset(cpuset, file);
  }

  async create(owner: number | null, more: readonly DeviceRule[] = []): Promise<void> {
    // The kernel makes one group at a time, and other work goes on while others' are being made.
    const made = await Promise.allSettled(this.#all.map(makeDirectory));
    for (const one of made) if (one.status === 'rejected') throw one.reason;
    this.#open();
    const devices = this.#paths.get('devices');
    if (devices !== undefined) restrictDevices(devices, more);
    else if (this.#unified !== undefined) await attachDeviceRules(this.#unified, more);
    else {
      const remedy = 'mount -t cgroup -o devices cgroup /sys/fs/cgroup/devices';
      throw new Refusal('technique-absent', ['os-level', 'no control groups that keep environments from the host’s devices', remedy]);
    }
    if (owner === null) return;
    if (this.#unified !== undefined) delegate(this.#unified, owner);
    const named = this.#paths.get('name=systemd');
    if (named !== undefined) for (const file of [named, `${named}/cgroup.procs`]) chownSync(file, owner, owner);
  }

  apply(limits: Limits, disk: BlockDevice | null): void {
    this.#applyCpu(limits);
    this.#applyMemory(limits);
    this.#set('pids', 'pids.max', limits.pids ?? usualPids);
    this.#applyDisk(limits, disk);
  }

  usage(limits: Limits): GroupUsage {
    const memory = this.#path('memory');
    const cpu = this.#path('cpu');
    return {
      cpu: {
        usedSeconds: Number(read(`${this.#path('cpuacct')}/cpuacct.usage`)) / 1e9,
        limitCpus: limits.cpus ?? null,
        throttledPeriods: readKey(`${cpu}/cpu.stat`, 'nr_throttled'),
        throttledSeconds: scaled(readKey(`${cpu}/cpu.stat`, 'throttled_time'), 1e9),
      },
      memory: {
        used: Number(read(`${memory}/memory.usage_in_bytes`)),
        limit: readLimit(`${memory}/memory.limit_in_bytes`),
        hits: readLimit(`${memory}/memory.failcnt`),
        oomKills: readKey(`${memory}/memory.oom_control`, 'oom_kill'),
      },
      pids: {
        used: Number(read(`${this.#path('pids')}/pids.current`)),
        limit: readLimit(`${this.#path('pids')}/pids.max`),
        hits: readKey(`${this.#path('pids')}/pids.events`, 'max'),
      },
      io: ioOperations(
        read(`${this.#path('blkio')}/blkio.throttle.io_service_bytes_recursive`),
        read(`${this.#path('blkio')}/blkio.throttle.io_serviced_recursive`),
      ),
    };
  }

  async freeze(): Promise<void> {
    if (this.#unified !== undefined) return freezeUnified(this.#unified);
    const state = `${this.#path('freezer')}/freezer.state`;
    writeFileSync(state, 'FROZEN');
    await until(() => read(state).trim() === 'FROZEN', 10_000);
  }

  thaw(): void {
    if (this.#unified !== undefined) writeFileSync(`${this.#unified}/cgroup.freeze`, '0');
    else writeFileSync(`${this.#path('freezer')}/freezer.state`, 'THAWED');
  }

  isFrozen(): boolean {
    return this.#unified === undefined
      ? read(`${this.#path('freezer')}/freezer.state`).trim() !== 'THAWED'
      : isFrozenUnified(this.#unified);
  }

  members(): readonly number[] {
    return [...new Set(this.#all.flatMap(membersOf))];
  }

  holds(pid: number): boolean {
    return isInGroup(pid, this.#name);
  }

  async kill(): Promise<void> {
    if (this.#unified !== undefined) await killUnified(this.#unified);
    for (const path of this.#all) await killMembers(path);
  }

  async remove(): Promise<void> {
    await removeGroups(this.#all);
  }

  #applyCpu(limits: Limits): void {
    this.#set('cpu', 'cpu.cfs_quota_us', limits.cpus === undefined ? -1 : Math.max(1000, Math.round(limits.cpus * periodUs)));
    const shares = Math.round(((limits.cpuWeight ?? weightRange.usual) / weightRange.usual) * usualShares);
    this.#set('cpu', 'cpu.shares', Math.max(2, shares));
    const cpuset = this.#path('cpuset');
    const wanted = limits.cpuset ?? read(`${cpuset}/../cpuset.cpus`).trim();
    if (wanted === read(`${cpuset}/cpuset.cpus`).trim()) return;
    try {
      writeFileSync(`${cpuset}/cpuset.cpus`, wanted);
    } catch {
      throw new Refusal('malformed-value', ['--cpuset', wanted, `this host has processors ${read(`${cpuset}/../cpuset.cpus`).trim()}`]);
    }
  }

  /** Memory with swap may never be below memory alone, so it is lifted first and set last: memory.rst, 2.4. */
  #applyMemory({ memoryBytes, swapBytes }: Limits): void {
    const path = this.#path('memory');
    const countsSwap = existsSync(`${path}/memory.memsw.limit_in_bytes`);
    if (swapBytes !== undefined && !countsSwap) {
      throw new Refusal('limit-unsupported', [
        'swap',
        'its kernel does not count swap',
        'boot it with swapaccount=1, or leave --swap away',
      ]);
    }
    if (countsSwap) this.#set('memory', 'memory.memsw.limit_in_bytes', -1);
    try {
      this.#set('memory', 'memory.limit_in_bytes', memoryBytes ?? -1);
      if (swapBytes !== undefined && memoryBytes !== undefined) this.#set('memory', 'memory.memsw.limit_in_bytes', memoryBytes + swapBytes);
    } catch (error) {
      const used = showBytes(Number(read(`${path}/memory.usage_in_bytes`)));
      throw new Refusal('limit-too-small', ['memory', showBytes(memoryBytes ?? 0), `${used} are in use and can't be freed`], {
        cause: error,
      });
    }
  }

  #applyDisk(limits: Limits, disk: BlockDevice | null): void {
    for (const { file, value, rate } of operationLimits(limits, disk)) {
      if (existsSync(`${this.#path('blkio')}/${file}`)) writeFileSync(`${this.#path('blkio')}/${file}`, value);
      else if (rate !== undefined) {
        throw new Refusal('limit-unsupported', ['disk rate', 'its kernel has no block throttling', 'leave the option away']);
      }
    }
    if (limits.ioWeight !== undefined) refuseWeightWithoutScheduler(disk);
    const weight = `${this.#path('blkio')}/blkio.bfq.weight`;
    if (existsSync(weight)) writeFileSync(weight, String(Math.min(1000, limits.ioWeight ?? weightRange.usual)));
  }

  #path(controller: string): string {
    const path = this.#paths.get(controller);
    if (path === undefined) throw new Error(`this host mounts no ${controller} control groups`);
    return path;
  }

  #set(controller: string, file: string, value: number): void {
    writeFileSync(`${this.#path(controller)}/${file}`, String(value));
  }
}

const makeDirectory = (path: string): Promise<void> =>
  new Promise((resolve, reject) => mkdir(path, { recursive: true }, (error) => (error === null ? resolve() : reject(error))));

const scaled = (value: number | null, by: number): number | null => (value === null ? null : value / by);

/** Takes over the parent's processors or memory nodes where the group has none; the parent first. */
const inheritCpuset = (path: string, file: string): void => {
  if (read(`${path}/${file}`).trim() !== '') return;
  const parent = path.slice(0, path.lastIndexOf('/'));
  if (existsSync(`${parent}/${file}`)) inheritCpuset(parent, file);
  writeFileSync(`${path}/${file}`, readFileSync(`${parent}/${file}`));
};
