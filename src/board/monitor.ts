/** The monitor that a guest may find on a board, made of what the board has. */
import type { Memory, Monitor, QuietEnds, Stateful } from '../machine/index.ts';
import { type KvmFeature, KvmMonitor } from '../monitor/index.ts';
import type { XenPlan } from './xen.ts';

export interface KvmPlan {
  readonly kind: 'kvm';
  readonly features: readonly KvmFeature[];
}

export type MonitorPlan = KvmPlan | XenPlan;

export interface MonitorSurroundings {
  readonly memory: Memory;
  /** Its processor's time, in nanoseconds, which are ticks of its time-stamp counter. Asked when something is told, not before. */
  readonly now: () => bigint;
  /** When it is switched on, in seconds since 1970. */
  readonly startSeconds: number;
}

export interface BoardMonitor {
  readonly monitor: Monitor;
  readonly ends?: QuietEnds | undefined;
  /** The time-stamp counter was set: so far it is ahead of the processor's time. */
  readonly recounted?: (ahead: bigint) => void;
  /** What the guest has told it, by what people call it. */
  readonly devices: ReadonlyMap<string, Stateful>;
}

export const monitorOn = ({ features }: KvmPlan, { memory, now, startSeconds }: MonitorSurroundings): BoardMonitor => {
  const kvm = new KvmMonitor({ memory, now, features, ticksPerSecond: 1e9, beganAt: BigInt(Math.round(startSeconds * 1e9)) });
  return { monitor: kvm, ends: kvm.ends, recounted: (ahead) => kvm.recounted(ahead), devices: new Map([['KVM', kvm]]) };
};
