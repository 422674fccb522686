/** console_io: a kernel's words to Xen's own console: xen/include/public/xen.h, CONSOLEIO_*. */
import { Errno } from '../numbers.ts';
import type { Answer, Frame } from './frame.ts';

const Op = { write: 0, read: 1 } as const;
const mostBytes = 4096;

/** `note` is told byte by byte, where anybody listens. */
export const consoleCalls =
  (note: ((byte: number) => void) | undefined) =>
  (frame: Frame): Answer => {
    switch (frame.number(0)) {
      case Op.write: {
        const count = frame.number(1);
        const view = count > mostBytes ? undefined : frame.view(frame.argument(2), count);
        if (view === undefined) return count > mostBytes ? -Errno.tooBig : -Errno.fault;
        for (let at = 0; at < count; at++) note?.(view.getUint8(at));
        return 0;
      }
      case Op.read:
        return 0;
      default:
        return -Errno.noCall;
    }
  };
