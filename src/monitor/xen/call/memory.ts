/** XENMEM_*: xen/include/public/memory.h. The guest's memory is where it is; a page of Xen's that it places anywhere is from then on that page of its own. */
import type { Gpa } from '../../../machine/index.ts';
import type { GrantTable } from '../grant/table.ts';
import type { GuestPages } from '../guest-pages.ts';
import { Domain, Errno, pageBytes } from '../numbers.ts';
import type { SharedInfo } from '../shared-info.ts';
import type { SparePages } from '../spare-pages.ts';
import type { Answer, Frame } from './frame.ts';

const Op = {
  ...{ increase: 0, decrease: 1, maximumPage: 2, current: 3, maximum: 4, populate: 6, add: 7, map: 9, lastFrame: 14, remove: 15 },
} as const;
const Space = { shared: 0, grants: 1 } as const;
/** The number of a hypercall's operation has in its upper bits where a long one goes on. */
const opBits = 0x3f;
/** Extents of one call. */
const mostExtents = 2n ** 16n;
const rangeBytes = 20;

export interface MemoryRange {
  readonly begin: number;
  readonly end: number;
  /** As ACPI's survey of memory has it: 1 for memory, 2 for what is reserved. */
  readonly kind: number;
}

export interface MemoryWires {
  readonly pages: GuestPages;
  readonly shared: SharedInfo;
  readonly grants: GrantTable;
  readonly spare: SparePages;
  /** What is where, in order. */
  readonly ranges: readonly MemoryRange[];
  /** The guest needs what is in a page no more. */
  readonly given: (at: Gpa) => void;
}

export const memoryCalls =
  (wires: MemoryWires) =>
  (frame: Frame): Answer => {
    const total = wires.ranges.reduce((sum, { begin, end, kind }) => sum + (kind === 1 ? end - begin : 0), 0) / pageBytes;
    const last = Math.max(...wires.ranges.map(({ end }) => end)) / pageBytes - 1;
    switch (frame.number(0) & opBits) {
      case Op.current:
      case Op.maximum:
        return Math.floor(total);
      case Op.maximumPage:
      case Op.lastFrame:
        return Math.floor(last);
      case Op.add:
        return add(wires, frame);
      case Op.remove:
        return remove(wires, frame);
      case Op.map:
        return map(wires, frame);
      case Op.decrease:
        return reserve(frame, (number) => {
          const at = wires.pages.frame(number);
          if (at !== undefined) wires.given(at);
          return at !== undefined;
        });
      case Op.populate:
        // What was given back lies where it lay.
        return reserve(frame, (number) => wires.pages.frame(number) !== undefined);
      default:
        return -Errno.noCall;
    }
  };

const isOwn = (domain: number): boolean => domain === Domain.self || domain === Domain.guest;

/** struct xen_add_to_physmap. */
const add = ({ pages, shared, grants, spare }: MemoryWires, frame: Frame): Answer => {
  const view = frame.view(frame.argument(1), frame.isLong ? 24 : 16);
  if (view === undefined) return -Errno.fault;
  if (!isOwn(view.getUint16(0, true))) return -Errno.noDomain;
  const [index, number] = [frame.long(view, 8), frame.long(view, frame.isLong ? 16 : 12)];
  const space = view.getUint32(4, true);
  if (space !== Space.shared && space !== Space.grants) return -Errno.noCall;
  const at = pages.address(number);
  if (at === undefined || (pages.frame(number) === undefined && !spare.provide(at))) return -Errno.invalid;
  if (space === Space.grants) return grants.place(index, at) ? 0 : -Errno.invalid;
  if (index !== 0n) return -Errno.invalid;
  shared.latch(frame.isLong);
  shared.place(at);
  return 0;
};

/** struct xen_remove_from_physmap. */
const remove = ({ pages, grants, spare }: MemoryWires, frame: Frame): Answer => {
  const view = frame.view(frame.argument(1), frame.isLong ? 16 : 8);
  if (view === undefined) return -Errno.fault;
  if (!isOwn(view.getUint16(0, true))) return -Errno.noDomain;
  const page = pages.frame(frame.long(view, frame.isLong ? 8 : 4));
  if (page === undefined) return -Errno.invalid;
  grants.remove(page);
  spare.remove(page);
  return 0;
};

/** struct xen_memory_map: as many as there is room for, and how many that were. */
const map = ({ ranges }: MemoryWires, frame: Frame): Answer => {
  const at = frame.argument(1);
  const view = frame.view(at, frame.isLong ? 16 : 8);
  if (view === undefined) return -Errno.fault;
  const count = Math.min(view.getUint32(0, true), ranges.length);
  const record = new DataView(new ArrayBuffer(count * rangeBytes));
  for (const [index, { begin, end, kind }] of ranges.slice(0, count).entries()) {
    record.setBigUint64(index * rangeBytes, BigInt(begin), true);
    record.setBigUint64(index * rangeBytes + 8, BigInt(end - begin), true);
    record.setUint32(index * rangeBytes + 16, kind, true);
  }
  view.setUint32(0, count, true);
  return frame.put(frame.long(view, frame.isLong ? 8 : 4), record) && frame.put(at, view) ? 0 : -Errno.fault;
};

/** struct xen_memory_reservation: how many extents it went well with, of one page each. */
const reserve = (frame: Frame, each: (number: bigint) => boolean): Answer => {
  const view = frame.view(frame.argument(1), frame.isLong ? 32 : 20);
  if (view === undefined) return -Errno.fault;
  const word = frame.isLong ? 8 : 4;
  const [list, count] = [frame.long(view, 0), frame.long(view, word)];
  if (!isOwn(view.getUint16(2 * word + 8, true)) || view.getUint32(2 * word, true) !== 0 || count > mostExtents) return -Errno.perm;
  const numbers = frame.view(list, Number(count) * word);
  if (numbers === undefined) return -Errno.fault;
  for (let index = 0; index < count; index++) if (!each(frame.long(numbers, index * word))) return index;
  return count;
};
