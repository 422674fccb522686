/** The monitor that a guest may find on a board, made of what the board has. */
import type { ApicMessage, Memory, Monitor, QuietEnds, Stateful, Turn } from '../machine/index.ts';
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
  /** To the local APIC of that one. */
  readonly send: (to: number, message: ApicMessage) => void;
  /** It is that one's turn. */
  readonly yieldTo: (which: number) => void;
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
  /** Who is told of each one's turns, in their order, where somebody is. */
  readonly turns: readonly Turn[] | undefined;
  /** What the guest has told it, by what people call it. */
  readonly devices: ReadonlyMap<string, Stateful>;
}

/** Each processor has its own. */
export const monitorOn = (
  { features }: KvmPlan,
  { memory, now, startSeconds, processors, send, yieldTo }: MonitorSurroundings,
): BoardMonitor => {
  const beganAt = BigInt(Math.round(startSeconds * 1e9));
  const peers = {
    ...{ count: processors, send, yieldTo },
    kick: (which: number): void => {
      all[which]?.turns?.kick();
      yieldTo(which);
    },
  };
  const all = Array.from({ length: processors }, () => new KvmMonitor({ memory, now, features, ticksPerSecond: 1e9, beganAt, peers }));
  const turns = all.flatMap((kvm) => kvm.turns ?? []);
  return {
    each: all.map((kvm) => ({ monitor: kvm, ends: kvm.ends, recounted: (ahead) => kvm.recounted(ahead) })),
    turns: turns.length === 0 ? undefined : turns,
    devices: new Map<string, Stateful>([...named('KVM', all), ...named('KVM turns', turns)]),
  };
};

const named = (name: string, all: readonly Stateful[]): readonly (readonly [string, Stateful])[] =>
  all.map((one, index) => [index === 0 ? name : `${name} ${index + 1}`, one]);
