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
  /** Its processors' time, in nanoseconds, which are ticks of their time-stamp counters. Asked when something is told, not before. */
  readonly now: () => bigint;
  /** When it is switched on, in seconds since 1970. */
  readonly startSeconds: number;
  readonly processors: number;
}

/** What a processor has of its monitor. */
export interface Overseen {
  readonly monitor: Monitor;
  readonly ends?: QuietEnds | undefined;
  /** The time-stamp counter was set: so far it is ahead of the processor's time. */
  readonly recounted?: (ahead: bigint) => void;
}

export interface BoardMonitor {
  /** Of each processor, in their order. */
  readonly each: readonly Overseen[];
  /** What the guest has told it, by what people call it. */
  readonly devices: ReadonlyMap<string, Stateful>;
}

/** Each processor has its own. */
export const monitorOn = ({ features }: KvmPlan, { memory, now, startSeconds, processors }: MonitorSurroundings): BoardMonitor => {
  const beganAt = BigInt(Math.round(startSeconds * 1e9));
  const all = Array.from({ length: processors }, () => new KvmMonitor({ memory, now, features, ticksPerSecond: 1e9, beganAt }));
  return {
    each: all.map((kvm) => ({ monitor: kvm, ends: kvm.ends, recounted: (ahead) => kvm.recounted(ahead) })),
    devices: new Map(all.map((kvm, index) => [index === 0 ? 'KVM' : `KVM ${index + 1}`, kvm])),
  };
};
