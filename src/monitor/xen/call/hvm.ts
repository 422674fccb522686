/** HVMOP_*, and parameters of the domain: xen/include/public/hvm/hvm_op.h and params.h. */
import { StandingPort } from '../event/channels.ts';
import { Domain, Errno } from '../numbers.ts';
import type { SharedInfo } from '../shared-info.ts';
import type { Answer, Frame } from './frame.ts';

const Op = { set: 0, get: 1, time: 10, upcallVector: 23 } as const;
const Param = { callback: 0, storePage: 1, storePort: 2, consolePage: 17, consolePort: 18, count: 39 } as const;
/** Vectors below are exceptions'. */
const firstVector = 16;

export interface HvmWires {
  readonly shared: SharedInfo;
  /** Frames of the rings of console and store. */
  readonly frames: { readonly console: number; readonly store: number };
  readonly now: () => bigint;
  /** The interrupt for events was chosen anew. */
  readonly rewired: () => void;
}

export const hvmCalls =
  (wires: HvmWires) =>
  (frame: Frame): Answer => {
    const at = frame.argument(1);
    switch (frame.number(0)) {
      case Op.set:
        return set(wires, frame, at);
      case Op.get:
        return get(wires, frame, at);
      case Op.time: {
        const view = new DataView(new ArrayBuffer(8));
        view.setBigUint64(0, wires.now(), true);
        return frame.put(at, view) ? 0 : -Errno.fault;
      }
      case Op.upcallVector: {
        const view = frame.view(at, 8);
        if (view === undefined) return -Errno.fault;
        const vector = view.getUint8(4);
        if (view.getUint32(0, true) !== 0) return -Errno.noEntry;
        if (vector < firstVector) return -Errno.invalid;
        wires.shared.setVector(vector);
        return 0;
      }
      default:
        // That page tables die isn't told to anybody: nobody keeps others for them.
        return -Errno.noCall;
    }
  };

/** struct xen_hvm_param. Undefined: it can't be read; an error: it is none of the guest's. */
const read = (frame: Frame, at: bigint): DataView | number => {
  const view = frame.view(at, 16);
  if (view === undefined) return -Errno.fault;
  const domain = view.getUint16(0, true);
  if (domain !== Domain.self && domain !== Domain.guest) return -Errno.noDomain;
  return view.getUint32(4, true) < Param.count ? view : -Errno.invalid;
};

const set = ({ shared, rewired }: HvmWires, frame: Frame, at: bigint): Answer => {
  const view = read(frame, at);
  if (typeof view === 'number') return view;
  if (view.getUint32(4, true) !== Param.callback) return -Errno.perm;
  shared.latch(frame.isLong);
  shared.setCallback(view.getBigUint64(8, true));
  rewired();
  return 0;
};

const get = ({ shared, frames }: HvmWires, frame: Frame, at: bigint): Answer => {
  const view = read(frame, at);
  if (typeof view === 'number') return view;
  const values: Readonly<Record<number, bigint>> = {
    [Param.callback]: shared.callback,
    [Param.storePage]: BigInt(frames.store),
    [Param.storePort]: BigInt(StandingPort.store),
    [Param.consolePage]: BigInt(frames.console),
    [Param.consolePort]: BigInt(StandingPort.console),
  };
  const value = values[view.getUint32(4, true)];
  if (value === undefined) return -Errno.perm;
  view.setBigUint64(8, value, true);
  return frame.put(at, view) ? 0 : -Errno.fault;
};
