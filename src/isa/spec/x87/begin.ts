/** How x87 instructions begin: who may use the unit, what awaits from the instruction before, and what is noted of this one. */
import { Eflags, Segment, SegmentPart, State, segmentPlace, X87Status } from '../../runtime/state.ts';
import { x87Operation } from '../../runtime/x87.ts';
import type { Val } from '../../stage/index.ts';
import type { Access } from '../binding.ts';
import type { X } from '../vocabulary.ts';
import { Quick, type QuickRun } from './quick.ts';
import { quickRun } from './quick-run.ts';

/** SDM Vol. 3A, 2.5. */
export const Cr0 = { pe: 1 << 0, mp: 1 << 1, em: 1 << 2, ts: 1 << 3, ne: 1 << 5 } as const;

/**
 * `waits`, those that first tell what the instruction before could not: SDM Vol. 1, 8.6. `notes`, those of which is kept where they were:
 * 8.1.8; that is all but those of control.
 */
export interface Manner {
  readonly waits: boolean;
  readonly notes: boolean;
}

export const usual: Manner = { waits: true, notes: true };
export const waiting: Manner = { waits: true, notes: false };
export const unwaiting: Manner = { waits: false, notes: false };

const nameOf = ({ waits, notes }: Manner): string => `x87${waits ? ' waiting' : ''}${notes ? ' noted' : ''}`;

/** #NM unless the unit may be used: SDM Vol. 2A, table 2-18. */
export const requireUnit = (x: X, forbidden = Cr0.em | Cr0.ts): void =>
  x.require(x.eqz(x.and(x.state(State.cr0, 32), x.known(32, forbidden))), 'nm');

/** #MF of what awaits; where CR0.NE is clear, it is told outside: SDM Vol. 1, 8.7.2. */
export const requireNone = (x: X): void =>
  x.seldom(x.nez(x.and(x.state(State.x87Status, 16), x.known(16, X87Status.summary))), () => {
    if (x.binding.elsewhere()) return;
    x.when(
      x.nez(x.and(x.state(State.cr0, 32), x.known(32, Cr0.ne))),
      () => x.require(x.known(1, 0), 'mf'),
      () => x.service('externalError'),
    );
  });

const check = (x: X, { waits, notes }: Manner): void => {
  requireUnit(x);
  if (waits) requireNone(x);
  if (!notes) return;
  const { binding } = x;
  x.setState(State.x87Opcode, binding.x87Opcode());
  x.setState(State.x87CodeSegment, x.state(segmentPlace(Segment.cs) + SegmentPart.selector, 16));
  x.setState(State.x87Code, x.sub(x.next, x.zext(binding.length(), 64)));
};

/** Only that. */
export const begin = (x: X, manner: Manner): void => {
  x.binding.aside(nameOf(manner), (shared) => {
    check(shared, manner);
    return shared.known(32, 1);
  });
};

/** One of the operations of runtime/x87.ts; `beside` is what it wants to know but registers and memory, of 16 bits. */
export const perform = (x: X, operation: string, manner: Manner, index: Val = x.known(32, 0), beside: Val = x.known(32, 0)): Val => {
  const run = quickRun(operation);
  const number = x87Operation(operation);
  begin(x, manner);
  if (run === undefined) return x.binding.x87(number, index, beside);
  return x.binding.aside(
    `x87 ${operation}`,
    (shared, given) => {
      const [i, other] = [shared.and(given, shared.known(32, 7)), shared.shr(given, 16)];
      return quicker(shared, run, i, other, () => shared.binding.x87(number, i, other));
    },
    x.or(index, x.shl(beside, 16)),
  );
};

/** Exactly where it can't be done quickly. What is said is never 0: a relation, or 1 where there is nothing to say. */
const quicker = (x: X, run: QuickRun, index: Val, place: Val, exactly: () => Val): Val => {
  const one = x.known(32, 1);
  const said = x.variable(x.known(32, 0));
  run(new Quick(x), { index, place, done: (what = one) => x.set(said, what) });
  x.seldom(x.eqz(x.get(said)), () => {
    const exact = exactly();
    x.set(said, x.select(x.eqz(exact), one, exact));
  });
  return x.get(said);
};

interface AtMemory {
  readonly manner: Manner;
  readonly bytes: number;
  readonly access: Access;
  readonly alignment?: number;
}

/** The same with an operand in memory. */
export const performAt = (x: X, operation: string, how: AtMemory): Val => {
  const { bytes, access } = how;
  const run = quickRun(operation);
  const number = x87Operation(operation);
  const none = x.known(32, 0);
  const place = beginAt(x, how);
  const exactly = (on: X, at: Val): Val => on.binding.x87(number, none, at);
  const said =
    run === undefined
      ? exactly(x, place)
      : x.binding.aside(`x87 ${operation}`, (shared, at) => quicker(shared, run, none, at, () => exactly(shared, at)), place);
  if (access === 'write') x.binding.close(place, bytes);
  return said;
};

/** Writes two bytes to memory. */
export const storeWord = (x: X, manner: Manner, word: () => Val): void => {
  const place = beginAt(x, { manner, bytes: 2, access: 'write' });
  x.store(word(), place);
  x.binding.close(place, 2);
};

const beginAt = (x: X, how: AtMemory): Val =>
  x.binding.aside(`${nameOf(how.manner)} ${how.access} ${how.bytes}`, (shared) => openedAt(shared, how));

const openedAt = (x: X, { manner, bytes, access, alignment = 1 }: AtMemory): Val => {
  check(x, manner);
  const offset = x.binding.offset(0);
  const opened = x.opened('named', offset, bytes, access, alignment);
  if (manner.notes) {
    x.setState(State.x87Data, x.zext(offset, 64));
    x.setState(State.x87DataSegment, x.binding.selector());
  }
  return opened;
};

/** Whether addresses are linear in images: in real-address and virtual-8086 mode. */
export const isReal = (x: X): Val => {
  const isProtected = x.nez(x.and(x.state(State.cr0, 32), x.known(32, Cr0.pe)));
  const isVirtual = x.nez(x.and(x.state(State.flags, 32), x.known(32, Eflags.vm)));
  return x.or(x.not(isProtected), isVirtual);
};
