/** GNTTABOP_copy between pages of the guest's own: xen/include/public/grant_table.h, struct gnttab_copy. */
import type { Gpa } from '../../../machine/index.ts';
import type { Answer, Frame } from '../call/frame.ts';
import { Domain, Errno, pageBytes } from '../numbers.ts';
import type { GrantWires } from './calls.ts';

/** Of one call. */
const most = 4096;
/** GNTCOPY_*: the one or the other is a grant's number. */
const isGrant = { source: 0x1, target: 0x2 } as const;
const Status = { okay: 0, badReference: -3, badDomain: -2, badPage: -9, badArgument: -10 } as const;

/** Each says how it went; the call itself goes well. */
export const copyCall = (wires: GrantWires, frame: Frame, at: bigint, count: number): Answer => {
  if (count > most) return -Errno.invalid;
  const bytes = frame.isLong ? 40 : 24;
  for (let index = 0; index < count; index++) {
    const place = at + BigInt(index * bytes);
    const view = frame.view(place, bytes);
    if (view === undefined) return -Errno.fault;
    view.setInt16(frame.isLong ? 36 : 20, copy(wires, frame, view), true);
    if (!frame.put(place, view)) return -Errno.fault;
  }
  return 0;
};

const copy = (wires: GrantWires, frame: Frame, view: DataView): number => {
  const [side, lengthAt, word] = frame.isLong ? [16, 32, 8] : [8, 16, 4];
  const [length, flags] = [view.getUint16(lengthAt, true), view.getUint16(lengthAt + 2, true)];
  const ends = [
    { from: 0, granted: (flags & isGrant.source) !== 0 },
    { from: side, granted: (flags & isGrant.target) !== 0 },
  ] as const;
  const places: number[] = [];
  for (const { from, granted } of ends) {
    const [domain, offset] = [view.getUint16(from + word, true), view.getUint16(from + word + 2, true)];
    if (offset + length > pageBytes) return Status.badArgument;
    // A grant is one of somebody else's, and nobody grants this guest anything.
    if (granted) return domain === Domain.self || domain === Domain.guest ? Status.badReference : Status.badDomain;
    if (domain !== Domain.self && domain !== Domain.guest) return Status.badDomain;
    const page: Gpa | undefined = wires.pages.frame(frame.long(view, from));
    if (page === undefined) return Status.badPage;
    places.push(page + offset);
  }
  const [source = 0, target = 0] = places;
  wires.pages.write(target, wires.pages.copy(source, length));
  return Status.okay;
};
