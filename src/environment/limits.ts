/** How much of the host an environment may use. An absent limit is no limit. */
import { integer, number, optional, record, type TypeOf, text } from './value/shape.ts';

/** Weights as cgroup v2 counts them (linux Documentation/admin-guide/cgroup-v2.rst): 1 … 10000, 100 where none is given. */
export const weightRange = { least: 1, usual: 100, most: 10_000 } as const;

/** Processes and threads an environment may have where nobody says otherwise; podman's figure. */
export const usualPids = 2048;

export const limitsShape = record({
  cpus: optional(number('processors’ worth of time, e.g. 1.5')),
  cpuWeight: optional(integer('share against other environments when processors are short, 1 … 10000')),
  cpuset: optional(text('processors it may use, e.g. 0-1,3')),
  memoryBytes: optional(integer('memory, page cache included')),
  swapBytes: optional(integer('swap beyond memory')),
  pids: optional(integer('processes and threads')),
  ioWeight: optional(integer('share of the disk against others, 1 … 10000')),
  ioReadBytes: optional(integer('bytes read per second')),
  ioWriteBytes: optional(integer('bytes written per second')),
  ioReadOps: optional(integer('reads per second')),
  ioWriteOps: optional(integer('writes per second')),
  diskBytes: optional(integer('size of the root file system, as df shows it')),
  networkBits: optional(integer('bits per second, each way')),
});
export type Limits = TypeOf<typeof limitsShape>;

/** A change of limits: a value sets, null lifts, an absent key leaves as it is. */
export type LimitsChange = { readonly [K in keyof Limits]?: NonNullable<Limits[K]> | null };

export const changeLimits = (limits: Limits, change: LimitsChange): Limits => {
  const merged = { ...limits, ...change };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null && value !== undefined)) as Limits;
};

/** What one resource is used for: now, at most, and how often the limit was hit (OpenVZ's held, limit and failcnt). */
export interface Use {
  readonly used: number;
  readonly limit: number | null;
  readonly hits: number | null;
}

/** One reading of everything an environment uses. Counters count from its start. */
export interface Usage {
  readonly cpu: {
    readonly usedSeconds: number;
    readonly limitCpus: number | null;
    readonly throttledPeriods: number | null;
    readonly throttledSeconds: number | null;
  };
  /** Bytes. `hits`: how often an allocation met the limit; `oomKills`: processes killed for it. */
  readonly memory: Use & { readonly oomKills: number | null };
  readonly pids: Use;
  /** Bytes of the root file system; `hits` is not counted by any kernel and so null. */
  readonly disk: Use | null;
  readonly io: { readonly readBytes: number; readonly writtenBytes: number; readonly reads: number; readonly writes: number } | null;
  /** Bytes and packets as seen from inside; `hits`: packets delayed by the rate limit. */
  readonly network: { readonly receivedBytes: number; readonly sentBytes: number; readonly hits: number | null } | null;
}
