/** The contract of a control group. */
import type { Limits, Usage } from '../../environment/index.ts';
import type { DeviceRule } from './devices.ts';

/** The share of `Usage` that control groups know. */
export type GroupUsage = Pick<Usage, 'cpu' | 'memory' | 'pids' | 'io'>;

/**
 * One control group per environment, in every hierarchy the host has. Made and removed as a whole; every method may be repeated.
 */
export interface ControlGroup {
  /**
   * Makes it, closed to all devices but the harmless ones, and those that `devices` opens. `owner`: host user id that may make groups below it in the unified hierarchy; a
   * guest's systemd needs that.
   */
  create(owner: number | null, devices?: readonly DeviceRule[]): Promise<void>;
  /** Makes one whose processes are isola's own, and trusted with what is trusted to it. */
  createTrusted(): void;
  /** `cgroup.procs` files: a process that writes its id into each of them is in the group, and so is all it starts. */
  readonly entrances: readonly string[];
  /** Sets every limit, lifting those that are absent. Throws `limit-unsupported` or `limit-too-small`. */
  apply(limits: Limits, disk: BlockDevice | null): void;
  usage(limits: Limits): GroupUsage;
  /** Stops every process until `thaw`; returns when all stand still. */
  freeze(): Promise<void>;
  thaw(): void;
  isFrozen(): boolean;
  /** Ids of all processes in it and below. */
  members(): readonly number[];
  /** Whether a process is one of these. */
  holds(pid: number): boolean;
  /** Kills every process and waits until none is left. */
  kill(): Promise<void>;
  /** Removes it with all below; it must be empty of processes, some of which may still be on their way out. */
  remove(): Promise<void>;
}

/** A whole disk, as block controllers name it. */
export interface BlockDevice {
  /** `major:minor`. */
  readonly number: string;
  /** Name below /sys/block. */
  readonly name: string;
}
