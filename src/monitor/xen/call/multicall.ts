/** multicall: several hypercalls at once, each answered beside its arguments: xen/include/public/xen.h, struct multicall_entry. */
import { Call, Errno } from '../numbers.ts';
import type { Answer, Frame, Handler } from './frame.ts';

/** Of one call: kernels gather a few dozen. */
const most = 256;
/** Longs of an entry: what is called, what it answers, and arguments. */
const Entry = { result: 1, arguments: 2, longs: 8 } as const;
/** Of a hypercall: the sixth is nobody's. */
const argumentCount = 5;

/** `handlerOf`: all but this one, which isn't made within itself. */
export const multicall =
  (handlerOf: (number: number) => Handler | undefined) =>
  (frame: Frame): Answer => {
    const [at, count] = [frame.argument(0), frame.number(1)];
    if (count > most) return -Errno.tooBig;
    const word = frame.isLong ? 8 : 4;
    for (let index = 0; index < count; index++) {
      const place = at + BigInt(index * Entry.longs * word);
      const view = frame.view(place, Entry.longs * word);
      if (view === undefined) return -Errno.fault;
      const given = Array.from({ length: argumentCount }, (_, which) => frame.long(view, (Entry.arguments + which) * word));
      const number = Number(BigInt.asUintN(32, frame.long(view, 0)));
      const answer = number === Call.multicall ? -Errno.invalid : (handlerOf(number)?.(frame.within(given)) ?? -Errno.noCall);
      frame.setLong(view, Entry.result * word, BigInt(answer));
      if (!frame.put(place, view)) return -Errno.fault;
    }
    return 0;
  };
