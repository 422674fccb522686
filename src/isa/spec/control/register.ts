/** Control and debug registers: SDM Vol. 3A, 2.5 and 19.2. What they may hold, and what follows, the processor knows. */
import { State } from '../../runtime/state.ts';
import type { Val } from '../../stage/index.ts';
import { type Op, op } from '../op.ts';
import type { X } from '../vocabulary.ts';

type Kind = 'Control' | 'Debug';

const pageOf = (kind: Kind): string => `Vol. 2B, MOV—Move to/from ${kind} Registers`;

/** ModRM.reg is a number; where it names no register, #UD. */
const reading = (kind: Kind, row: string): Op =>
  op({
    ...{ name: 'mov', sdm: pageOf(kind), rows: [row] },
    run: (x, destination, source) => destination.set(x.truncate(x.service(`read${kind}`, number(x, source.address())), destination.w)),
  });

/** Code may mean something else afterwards, and breakpoints count from the next instruction on. */
const writing = (kind: Kind, row: string): Op =>
  op({
    ...{ name: 'mov', sdm: pageOf(kind), rows: [row] },
    run(x, destination, source) {
      x.service(`write${kind}`, number(x, destination.address()), x.zext(source.get(), 64));
      x.resume();
    },
  });

const movControl = reading('Control', '0F 20 /r | Ry, Cy | f64');
const movToControl = writing('Control', '0F 22 /r | Cy, Ry | f64');
const movDebug = reading('Debug', '0F 21 /r | Ry, Dy | f64');
const movToDebug = writing('Debug', '0F 23 /r | Dy, Ry | f64');

const number = (x: X, place: Val): Val => x.zext(place, 64);

/** Bits 0 to 3 of CR0; it can't leave protected mode. */
const lmsw = op({
  name: 'lmsw',
  sdm: 'Vol. 2A, LMSW',
  rows: ['0F 01 /6 | Ew'],
  run(x, source) {
    x.service('writeStatusWord', x.zext(source.get(), 64));
    x.resume();
  },
});

/** All of CR0 that fits: of 32 bits and more the manual leaves open what is above 16, processors have all of it. */
const smsw = op({
  name: 'smsw',
  sdm: 'Vol. 2B, SMSW',
  rows: ['0F 01 /4 | Mw', '0F 01 /4 | Rv'],
  run(x, destination) {
    requireUnrestricted(x);
    destination.set(x.truncate(x.state(State.cr0, 64), destination.w));
  },
});

/** What CR4.UMIP keeps from users: SDM Vol. 3A, 2.5. */
const requireUnrestricted = (x: X): void => {
  const isRestricted = x.and(x.bit(x.state(State.cr4, 32), 11), x.nez(x.state(State.cpl, 32)));
  x.require(x.not(isRestricted), 'gp');
};

const clts = op({
  name: 'clts',
  sdm: 'Vol. 2A, CLTS',
  rows: ['0F 06'],
  run(x) {
    x.service('clearTaskSwitched');
    x.resume();
  },
});

export const register: readonly Op[] = [movControl, movToControl, movDebug, movToDebug, lmsw, smsw, clts];
