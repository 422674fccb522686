/** Switches between tasks: SDM Vol. 3A, 8.3. */
import { Eflags, State, segmentPlace } from '../../isa/index.ts';
import type { Core } from '../core.ts';
import { Fault, Vector } from '../fault.ts';
import { Cr0 } from '../memory/paging.ts';
import type { Descriptor } from '../segment/descriptor.ts';
import { codeOf } from '../segment/tables.ts';
import { enterTask } from './enter.ts';
import { layoutOf } from './tss.ts';

/** `return` goes back to the task this one is nested in; `call` nests, as interrupts do. */
export type How = 'jump' | 'call' | 'return';

/** Throws a `Fault` while the old task is as it was, and a `LateFault` in the new one. */
export const switchTask = (core: Core, next: Descriptor, how: How, external = 0): void => {
  const { registers, memory, tables } = core;
  const layout = layoutOf(next);
  if (next.limit < layout.limit) throw new Fault(Vector.ts, codeOf(next.selector, external));
  const old = registers.loaded(State.tr);
  const left = layoutOf(old);
  if (old.limit < left.limit) throw new Fault(Vector.ts, codeOf(old.selector, external));
  // What may fault, before anything is written.
  memory.probeSystem(old.base, left.limit + 1);
  const image = imageOf(core, next);
  if (how === 'call') memory.probeSystem(next.base, 2);
  tables.probe(next);

  if (how !== 'call') tables.markBusy(old.selector, false);
  save(core, how === 'return' ? registers.flags & ~Eflags.nt : registers.flags);
  if (how === 'call') memory.writeSystem(next.base, 2, BigInt(old.selector));
  if (how !== 'return') tables.markBusy(next.selector, true);
  const loaded = next.loaded(0);
  registers.setLoaded(State.tr, { ...loaded, rights: loaded.rights | 2 });
  registers.cr0 |= Cr0.ts;
  enterTask(core, layout, how === 'call' ? { ...image, flags: image.flags | Eflags.nt } : image, external);
};

/** What a task had when it was left. */
export interface Image {
  readonly tables: bigint | undefined;
  readonly ip: bigint;
  readonly flags: number;
  readonly general: readonly bigint[];
  readonly segments: readonly number[];
  readonly ldt: number;
  readonly isTrapped: boolean;
}

const imageOf = ({ memory }: Core, task: Descriptor): Image => {
  const layout = layoutOf(task);
  const field = (at: number): bigint => memory.readSystem(task.base + BigInt(at), layout.bytes);
  const fields = (from: number, count: number): readonly bigint[] =>
    Array.from({ length: count }, (_, at) => field(from + at * layout.bytes));
  return {
    tables: layout.tables === undefined ? undefined : field(layout.tables),
    ip: field(layout.ip),
    flags: Number(field(layout.flags)),
    general: fields(layout.general, 8),
    segments: fields(layout.segments, layout.segmentCount).map((one) => Number(one & 0xffffn)),
    ldt: Number(field(layout.ldt) & 0xffffn),
    isTrapped: layout.trap !== undefined && (field(layout.trap) & 1n) !== 0n,
  };
};

/** CR3 and LDTR are never saved: a task doesn't change its own. */
const save = ({ registers, memory }: Core, flags: number): void => {
  const task = registers.loaded(State.tr);
  const { bytes, ip, flags: flagsAt, general, segments, segmentCount } = layoutOf(task);
  const put = (at: number, value: bigint): void => memory.writeSystem(task.base + BigInt(at), bytes, value);
  put(ip, registers.rip);
  put(flagsAt, BigInt(flags >>> 0));
  for (let number = 0; number < 8; number++) put(general + number * bytes, registers.general(number));
  for (let number = 0; number < segmentCount; number++) {
    const { selector } = registers.loaded(segmentPlace(number));
    // Of 32 bits, the upper half of the field stays.
    memory.writeSystem(task.base + BigInt(segments + number * bytes), 2, BigInt(selector));
  }
};
