/** Runs a computer until its agent says that it waits to be told what it is to be: it can be saved then. */
import type { Pc } from '../../board/index.ts';
import { Drive, type EvenTime } from '../../desk/index.ts';
import type { SerialLine } from '../../devices/index.ts';
import { type Abort, Refusal, whenAborted } from '../../environment/index.ts';
import { hostTimers } from '../time.ts';
import type { Around } from './computer.ts';

/** guest/agent/rest.c */
const waits = 'isola waits';

/** What it has no need of yet. */
export const nobody = {
  ...{ cables: [], files: { ask: () => {} }, balloon: { released: () => {}, lent: () => {} } },
  ...{ sockets: { sent: () => {}, onRoom: () => {} }, panicked: () => {} },
} as const satisfies Partial<Around>;

/** `make`: of serial ports, the third of which its kernel and its agent speak by. Throws `start-refused` where it ends before it waits, or the signal's reason. */
export const untilItWaits = async (
  make: (lines: readonly [SerialLine, SerialLine, SerialLine]) => Pc,
  time: EvenTime,
  signal: Abort,
): Promise<Pc> => {
  let said = '';
  let drive: Drive | undefined;
  const hear = (byte: number): void => {
    said += String.fromCharCode(byte);
    if (said.endsWith(waits)) drive?.stop();
  };
  const pc = make([{ transmit: () => {} }, { transmit: () => {} }, { transmit: hear }]);
  time.follow(pc);
  const driven = new Drive(pc, hostTimers, time);
  drive = driven;
  using _stopped = whenAborted(signal, () => driven.stop());
  await driven.run({ feed: () => false, look: () => {} });
  signal.throwIfAborted();
  if (!said.includes(waits)) throw new Refusal('start-refused', ['a machine', `it ended before it waited: ${said.trim().slice(-200)}`]);
  return pc;
};
