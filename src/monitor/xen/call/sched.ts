/** SCHEDOP_*: xen/include/public/sched.h. */
import type { Channels } from '../event/channels.ts';
import { mostChannels } from '../event/channels.ts';
import { Errno } from '../numbers.ts';
import type { SharedInfo } from '../shared-info.ts';
import type { Answer, Frame } from './frame.ts';

const Op = { yield: 0, block: 1, shutdown: 2, poll: 3, shutdownCode: 5, pin: 7 } as const;
/** SHUTDOWN_*. */
const reasons = ['poweroff', 'reboot', 'suspend', 'crash', 'watchdog'] as const;
export type Shutdown = (typeof reasons)[number];
/** SCHEDOP_poll waits for no more of them. */
const mostPolled = 128;

export interface SchedWires {
  readonly channels: Channels;
  readonly shared: SharedInfo;
  /** What it answers where the guest goes on. */
  readonly shutdown: (reason: Shutdown) => Answer;
}

export const schedCalls =
  ({ channels, shared, shutdown }: SchedWires) =>
  (frame: Frame): Answer => {
    const at = frame.argument(1);
    switch (frame.number(0)) {
      case Op.yield:
        return 0;
      case Op.block:
        if (!shared.isPending) frame.halt();
        return 0;
      case Op.shutdown: {
        const view = frame.view(at, 4);
        if (view === undefined) return -Errno.fault;
        const reason = reasons[view.getUint32(0, true)];
        return reason === undefined ? -Errno.invalid : shutdown(reason);
      }
      case Op.shutdownCode:
        return 0;
      case Op.poll:
        return poll(channels, frame, at);
      default:
        return -Errno.noCall;
    }
  };

/** Comes back at once, which it may at any time: who waits looks again. */
const poll = (channels: Channels, frame: Frame, at: bigint): Answer => {
  const view = frame.view(at, frame.isLong ? 24 : 16);
  if (view === undefined) return -Errno.fault;
  const count = view.getUint32(frame.isLong ? 8 : 4, true);
  if (count > mostPolled) return -Errno.invalid;
  const ports = frame.view(frame.long(view, 0), 4 * count);
  if (ports === undefined) return -Errno.fault;
  for (let index = 0; index < count; index++) {
    const port = ports.getUint32(4 * index, true);
    if (port > mostChannels || !channels.isBound(port)) return -Errno.invalid;
  }
  return 0;
};
