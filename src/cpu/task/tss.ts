/** Task-state segments: SDM Vol. 3A, 8.2. */

import type { Core } from '../core.ts';
import { Fault, Vector } from '../fault.ts';
import type { Loaded } from '../registers.ts';
import { type Descriptor, Kind } from '../segment/descriptor.ts';
import { Code, codeOf } from '../segment/tables.ts';

/** Offsets of what a task switch saves and loads. Registers stand in the order of their numbers, segments in that of theirs. */
export interface Layout {
  /** Bytes of a field. */
  readonly bytes: 2 | 4;
  /** CR3, where there is one. */
  readonly tables: number | undefined;
  readonly ip: number;
  readonly flags: number;
  readonly general: number;
  readonly segments: number;
  readonly segmentCount: number;
  readonly ldt: number;
  /** Bit 0: a debug exception comes first. */
  readonly trap: number | undefined;
  /** The least limit. */
  readonly limit: number;
}

/** Figures 8-2 and 8-10. */
const wide: Layout = {
  ...{ bytes: 4, tables: 0x1c, ip: 0x20, flags: 0x24, general: 0x28, segments: 0x48, segmentCount: 6, ldt: 0x60, trap: 0x64, limit: 0x67 },
};
const narrow: Layout = {
  ...{ bytes: 2, tables: undefined, ip: 0x0e, flags: 0x10, general: 0x12, segments: 0x22, segmentCount: 4, ldt: 0x2a },
  ...{ trap: undefined, limit: 0x2b },
};

/** Whether it is one of 32 or, in long mode, 64 bits. */
export const isWideTask = ({ rights }: Pick<Loaded, 'rights'>): boolean => (rights & 8) !== 0;
export const layoutOf = (task: Pick<Loaded, 'rights'>): Layout => (isWideTask(task) ? wide : narrow);

/** The task a task gate names: of the global table, and not busy. */
export const taskOf = ({ tables }: Core, gate: Descriptor, external = 0): Descriptor => {
  const { target } = gate;
  const task = (target & Code.local) === 0 ? tables.find(target) : undefined;
  if (task?.kind !== Kind.tss && task?.kind !== Kind.tss16) throw new Fault(Vector.gp, codeOf(target, external));
  if (!task.isPresent) throw new Fault(Vector.np, codeOf(target, external));
  return task;
};
