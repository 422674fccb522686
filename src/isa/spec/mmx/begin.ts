/** How MMX instructions begin: SDM Vol. 1, 9.5 and 9.6. */
import { State, X87Status } from '../../runtime/state.ts';
import type { Val } from '../../stage/index.ts';
import type { Access } from '../binding.ts';
import type { X } from '../vocabulary.ts';
import { Cr0, requireNone, requireUnit } from '../x87/begin.ts';

/** #UD where the unit is emulated, #NM where it is another task's, and what an x87 instruction before could not tell. */
export const check = (x: X): void => {
  x.require(x.eqz(x.and(x.state(State.cr0, 32), x.known(32, Cr0.em))), 'ud');
  requireUnit(x, Cr0.ts);
  requireNone(x);
};

/** All registers are in use, and the first is the top: SDM Vol. 1, 9.5.1. */
const take = (x: X): void => {
  x.setState(State.x87Full, x.known(8, 0xff));
  x.setState(State.x87Status, x.and(x.state(State.x87Status, 16), x.known(16, ~X87Status.top & 0xffff)));
};

/** What comes before memory is reached, and what comes then. */
export const checked = (x: X): void => {
  x.binding.aside('mmx checked', (shared) => {
    check(shared);
    return shared.known(32, 1);
  });
};

export const taken = (x: X): void => {
  x.binding.aside('mmx taken', (shared) => {
    take(shared);
    return shared.known(32, 1);
  });
};

/** Both, at once, whatever may fault then; where memory is reached in the usual way, and where an end `isLate` comes to it, registers are taken with the other changes. */
export const begin = (x: X, isLate = false): void => {
  const { operands } = x.binding.known.form;
  // An operand in memory that may also be a register of MMX does it by itself.
  if (x.isMemory && operands.some((code) => code.startsWith('Q'))) return;
  checked(x);
  if (isLate || x.isMemory) take(x);
  else taken(x);
};

/** Where an operand in memory is, after all of that. */
export const beginAt = (x: X, bytes: number, access: Access): Val =>
  x.binding.aside(`mmx ${access} ${bytes}`, (shared) => {
    check(shared);
    const place = shared.opened('named', shared.binding.offset(0), bytes, access);
    take(shared);
    return place;
  });
