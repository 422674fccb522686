/** VCPUOP_* of the one processor there is, and set_timer_op: xen/include/public/vcpu.h. */
import { type Clock, instant } from '../../../machine/index.ts';
import type { GuestPages } from '../guest-pages.ts';
import { Errno, pageBytes } from '../numbers.ts';
import type { SharedInfo } from '../shared-info.ts';
import { shortestPeriodNs, type Timer } from '../timer.ts';
import type { Answer, Frame } from './frame.ts';

const Op = {
  ...{ isUp: 3, runState: 4, runStateArea: 5, setPeriod: 6, stopPeriod: 7, setOnce: 8, stopOnce: 9, register: 10, time: 13 },
} as const;
/** VCPU_SSHOTTMR_future: what has passed is an error. */
const future = 1;
const vcpuInfoBytes = 64;
/** As far away as an alarm can be. */
const never = 2n ** 62n;

export interface VcpuWires {
  readonly clock: Clock;
  readonly timer: Timer;
  readonly shared: SharedInfo;
  readonly pages: GuestPages;
}

export const vcpuCalls =
  ({ clock, timer, shared, pages }: VcpuWires) =>
  (frame: Frame): Answer => {
    const [op, at] = [frame.number(0), frame.argument(2)];
    if (frame.number(1) !== 0) return -Errno.noEntry;
    const area = (record: Uint8Array): Answer => {
      const handle = frame.view(at, frame.isLong ? 8 : 4);
      if (handle === undefined) return -Errno.fault;
      const place = frame.long(handle, 0);
      return place === 0n || frame.put(place, record) ? 0 : -Errno.fault;
    };
    switch (op) {
      case Op.isUp:
        return 1;
      case Op.runState:
        return frame.put(at, running(frame, clock.now)) ? 0 : -Errno.fault;
      case Op.runStateArea:
        return area(running(frame, clock.now));
      case Op.time:
        return area(shared.time);
      case Op.setPeriod: {
        const view = frame.view(at, 8);
        if (view === undefined) return -Errno.fault;
        const period = view.getBigUint64(0, true);
        if (period < shortestPeriodNs || period > never) return -Errno.invalid;
        timer.setPeriod(period);
        return 0;
      }
      case Op.stopPeriod:
        timer.setPeriod(0n);
        return 0;
      case Op.setOnce: {
        const view = frame.view(at, frame.isLong ? 16 : 12);
        if (view === undefined) return -Errno.fault;
        const when = view.getBigUint64(0, true);
        if ((view.getUint32(8, true) & future) !== 0 && when < clock.now) return -Errno.time;
        timer.setOnce(instant(when > never ? never : when));
        return 0;
      }
      case Op.stopOnce:
        timer.setOnce(undefined);
        return 0;
      case Op.register: {
        const view = frame.view(at, 16);
        if (view === undefined) return -Errno.fault;
        const offset = view.getUint32(8, true);
        const page = pages.frame(view.getBigUint64(0, true));
        if (page === undefined || offset > pageBytes - vcpuInfoBytes) return -Errno.invalid;
        return shared.placeVcpu(pages.within(page, offset)) ? 0 : -Errno.invalid;
      }
      default:
        return -Errno.noCall;
    }
  };

/** set_timer_op: a moment; 0: none. */
export const timerCall =
  ({ timer }: Pick<VcpuWires, 'timer'>) =>
  (frame: Frame): Answer => {
    const when = frame.isLong ? frame.argument(0) : frame.argument(0) | (frame.argument(1) << 32n);
    timer.setOnce(when === 0n ? undefined : instant(when > never ? never : when));
    return 0;
  };

/** struct vcpu_runstate_info of one that has run since its beginning, as nobody else takes its time. */
const running = (frame: Frame, now: bigint): Uint8Array => {
  const word = frame.isLong ? 8 : 4;
  const view = new DataView(new ArrayBuffer(word + 8 + 4 * 8));
  view.setBigUint64(word + 8, now, true);
  return new Uint8Array(view.buffer);
};
