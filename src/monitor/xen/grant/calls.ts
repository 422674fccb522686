/** GNTTABOP_* of a guest that lends, and borrows nothing: xen/include/public/grant_table.h. */
import type { Answer, Frame } from '../call/frame.ts';
import type { GuestPages } from '../guest-pages.ts';
import { Domain, Errno } from '../numbers.ts';
import { copyCall } from './copy.ts';
import { type GrantTable, mostFrames } from './table.ts';

const Op = { setup: 2, copy: 5, size: 6, setVersion: 8, version: 10 } as const;
/** GNTST_*. */
const Status = { okay: 0, badDomain: -2, generalError: -1 } as const;

export interface GrantWires {
  readonly grants: GrantTable;
  readonly pages: GuestPages;
}

export const grantCalls =
  (wires: GrantWires) =>
  (frame: Frame): Answer => {
    const [op, at, count] = [frame.number(0), frame.argument(1), frame.number(2)];
    if (op === Op.copy) return copyCall(wires, frame, at, count);
    if (count !== 1 && (op === Op.setup || op === Op.size || op === Op.setVersion)) return -Errno.invalid;
    switch (op) {
      case Op.setup:
        return setUp(wires, frame, at);
      case Op.size:
        return tellSize(wires, frame, at);
      case Op.setVersion: {
        // As Xen does whose gnttab= says max-ver:1: the second is as if nobody had thought of versions yet.
        const version = frame.view(at, 4)?.getUint32(0, true);
        if (version === undefined) return -Errno.fault;
        return version === 1 ? 0 : version === 2 ? -Errno.noCall : -Errno.invalid;
      }
      case Op.version: {
        const view = frame.view(at, 8);
        if (view === undefined) return -Errno.fault;
        view.setUint32(4, 1, true);
        return frame.put(at, view) ? 0 : -Errno.fault;
      }
      default:
        // There is no version but the first, and nobody lends this guest anything.
        return -Errno.noCall;
    }
  };

const isOwn = (domain: number): boolean => domain === Domain.self || domain === Domain.guest;

/** struct gnttab_setup_table. Frames have no numbers of a machine's: where they lie the guest says itself. */
const setUp = ({ grants }: GrantWires, frame: Frame, at: bigint): Answer => {
  const view = frame.view(at, frame.isLong ? 24 : 16);
  if (view === undefined) return -Errno.fault;
  const count = view.getUint32(4, true);
  const status = !isOwn(view.getUint16(0, true)) ? Status.badDomain : grants.grow(count) ? Status.okay : Status.generalError;
  view.setInt16(8, status, true);
  if (status === Status.okay) {
    const word = frame.isLong ? 8 : 4;
    const list = new Uint8Array(count * word);
    if (!frame.put(frame.long(view, frame.isLong ? 16 : 12), list)) return -Errno.fault;
  }
  return frame.put(at, view) ? 0 : -Errno.fault;
};

/** struct gnttab_query_size. */
const tellSize = ({ grants }: GrantWires, frame: Frame, at: bigint): Answer => {
  const view = frame.view(at, 16);
  if (view === undefined) return -Errno.fault;
  view.setUint32(4, grants.count, true);
  view.setUint32(8, mostFrames, true);
  view.setInt16(12, isOwn(view.getUint16(0, true)) ? Status.okay : Status.badDomain, true);
  return frame.put(at, view) ? 0 : -Errno.fault;
};
