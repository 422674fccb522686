/** EVTCHNOP_*: xen/include/public/event_channel.h. Their structures are the same in both widths. */
import type { Answer, Frame } from '../call/frame.ts';
import type { GuestPages } from '../guest-pages.ts';
import { Domain, Errno } from '../numbers.ts';
import type { Channels } from './channels.ts';
import { type Fifo, linkBits } from './fifo.ts';

const Op = {
  ...{ bindInterdomain: 0, bindVirq: 1, bindPirq: 2, close: 3, send: 4, status: 5, allocate: 6, bindIpi: 7, bindVcpu: 8 },
  ...{ unmask: 9, reset: 10, initControl: 11, expandArray: 12, setPriority: 13 },
} as const;
/** Bytes of their structures. */
const sizes: Readonly<Record<number, number>> = {
  ...{ [Op.bindInterdomain]: 12, [Op.bindVirq]: 12, [Op.bindPirq]: 12, [Op.close]: 4, [Op.send]: 4, [Op.status]: 24, [Op.allocate]: 8 },
  ...{ [Op.bindIpi]: 8, [Op.bindVcpu]: 8, [Op.unmask]: 4, [Op.reset]: 2, [Op.initControl]: 24, [Op.expandArray]: 8, [Op.setPriority]: 8 },
};

export interface EventWires {
  readonly channels: Channels;
  readonly fifo: Fifo;
  readonly pages: GuestPages;
}

export const eventCalls =
  (wires: EventWires) =>
  (frame: Frame): Answer => {
    const op = frame.number(0);
    const size = sizes[op];
    if (size === undefined) return -Errno.noCall;
    const at = frame.argument(1);
    const view = frame.view(at, size);
    if (view === undefined) return -Errno.fault;
    const answer = perform(wires, op, view);
    // What was found out is put into the same structure.
    return answer < 0 || frame.put(at, view) ? Math.min(answer, 0) : -Errno.fault;
  };

const isOwn = (domain: number): boolean => domain === Domain.self || domain === Domain.guest;

const perform = ({ channels, fifo, pages }: EventWires, op: number, view: DataView): number => {
  const [first, second] = [view.byteLength >= 4 ? view.getUint32(0, true) : 0, view.byteLength >= 8 ? view.getUint32(4, true) : 0];
  const bound = (port: number, at: number): number => {
    if (port > 0) view.setUint32(at, port, true);
    return port;
  };
  switch (op) {
    case Op.allocate:
      if (!isOwn(view.getUint16(0, true))) return -Errno.perm;
      return view.getUint16(2, true) === Domain.back ? bound(channels.allocate(), 4) : -Errno.noDomain;
    case Op.bindVirq:
      return second === 0 ? bound(channels.bindVirq(first), 8) : -Errno.noEntry;
    case Op.bindIpi:
      return first === 0 ? bound(channels.bindIpi(), 4) : -Errno.noEntry;
    case Op.bindInterdomain:
      return -Errno.noDomain;
    case Op.bindPirq:
      return -Errno.invalid;
    case Op.close:
      return channels.close(first);
    case Op.send:
      return channels.send(first);
    case Op.unmask:
      return channels.unmask(first);
    case Op.bindVcpu:
      if (second !== 0) return -Errno.noEntry;
      return channels.isBound(first) ? 0 : -Errno.invalid;
    case Op.status: {
      if (!isOwn(view.getUint16(0, true))) return -Errno.perm;
      const { status, detail } = channels.status(second);
      view.setUint32(8, status, true);
      view.setUint32(16, detail, true);
      return 0;
    }
    case Op.reset:
      if (!isOwn(view.getUint16(0, true))) return -Errno.perm;
      channels.begin();
      return 0;
    case Op.initControl: {
      if (view.getUint32(12, true) !== 0) return -Errno.noEntry;
      const page = pages.frame(view.getBigUint64(0, true));
      if (page === undefined || !fifo.begin(page, view.getUint32(8, true))) return -Errno.invalid;
      view.setUint8(16, linkBits);
      return 0;
    }
    case Op.expandArray: {
      const page = pages.frame(view.getBigUint64(0, true));
      return page !== undefined && fifo.expand(page) ? 0 : -Errno.invalid;
    }
    case Op.setPriority:
      return channels.setPriority(first, second);
    default:
      return -Errno.noCall;
  }
};
