/** Control and debug registers: SDM Vol. 3A, 2.5 and 19.2. What they may hold, and what follows, the processor knows. */
import { State } from '../../runtime/state.ts';
import type { Val } from '../../stage/index.ts';
import { type Op, op } from '../op.ts';
import type { X } from '../vocabulary.ts';

type Kind = 'Control' | 'Debug';

const pageOf = (kind: Kind): string => `Vol. 2B, MOV—Move to/from ${kind} Registers`;

/** CR8 has no place of its own. */
const places = [
  [0, State.cr0],
  [2, State.cr2],
  [3, State.cr3],
  [4, State.cr4],
] as const;
/** Numbers of bits of control registers and EFER; bits of a physical address. */
const Bit = { pg: 31, pae: 5, pcide: 17, lma: 10 } as const;
const physicalBits = 40;

/** ModRM.reg is a number; where it names no register, #UD. */
const readControl = op({
  ...{ name: 'mov', sdm: pageOf('Control'), rows: ['0F 20 /r | Ry, Cy | f64'] },
  run(x, destination, source) {
    const which = source.address();
    const is = (one: number): Val => x.eq(which, x.known(32, one));
    const hasPlace = places.map(([one]) => is(one)).reduce((any, one) => x.or(any, one));
    const there = (): Val => places.reduce((rest, [one, place]) => x.select(is(one), x.state(place, 64), rest), x.known(64, 0));
    const asked = (): Val => (x.binding.elsewhere() ? x.known(64, 0) : x.service('readControl', number(x, which)));
    destination.set(x.truncate(x.either(x.and(hasPlace, x.eqz(x.state(State.cpl, 32))), there, asked), destination.w));
  },
});

/** Code may mean something else afterwards. Where CR3 is written, only what was found by page tables. */
const writeControl = op({
  ...{ name: 'mov', sdm: pageOf('Control'), rows: ['0F 22 /r | Cy, Ry | f64'] },
  run(x, destination, source) {
    const which = destination.address();
    const value = x.zext(source.get(), 64);
    const has = (place: number, bit: number): Val => x.bit(x.state(place, 32), bit);
    // Bit 63 asks to keep translations of a PCID: none is kept longer than its PCID is in use.
    const table = x.and(value, x.select(has(State.cr4, Bit.pcide), x.known(64, (1n << 63n) - 1n), x.known(64, -1n)));
    const isPlain = x.or(has(State.efer, Bit.lma), x.not(x.and(has(State.cr0, Bit.pg), has(State.cr4, Bit.pae))));
    const claims = [x.eqz(x.shr(table, physicalBits)), x.or(isPlain, havePointers(x, table)), x.eqz(x.state(State.cpl, 32))];
    const isOwn = x.and(x.eq(which, x.known(32, 3)), x.eqz(x.state(State.shadowed, 32)));
    const isUsual = claims.reduce((all, claim) => x.and(all, claim), isOwn);
    x.when(x.not(isUsual), () => x.service('writeControl', number(x, which), value));
    x.only(isUsual, () => {
      x.setState(State.cr3, table);
      x.forgetLocal();
    });
    x.heed(isUsual);
  },
});

/** Whether PAE's four pointers are in memory that handlers reach by themselves, and have no reserved bits where they are present: SDM Vol. 3A, 5.4.1. */
const havePointers = (x: X, table: Val): Val => {
  const at = x.and(x.truncate(table, 32), x.known(32, ~0x1f));
  const isMemory = x.ltu(x.sub(at, x.state(State.walkedFrom, 32)), x.state(State.walked, 32));
  const place = x.select(isMemory, x.add(at, x.state(State.walkedPlace, 32)), x.known(32, 0));
  const reserved = x.known(64, 0x1e6n | (((1n << 64n) - 1n) & ~((1n << BigInt(physicalBits)) - 1n)));
  const pointers = [0, 8, 16, 24].map((offset) => x.load(64, place, offset));
  return pointers.map((one) => x.or(x.not(x.bit(one, 0)), x.eqz(x.and(one, reserved)))).reduce((all, one) => x.and(all, one), isMemory);
};

const readDebug = op({
  ...{ name: 'mov', sdm: pageOf('Debug'), rows: ['0F 21 /r | Ry, Dy | f64'] },
  run: (x, destination, source) => destination.set(x.truncate(x.service('readDebug', number(x, source.address())), destination.w)),
});

/** Breakpoints count from the next instruction on. */
const writeDebug = op({
  ...{ name: 'mov', sdm: pageOf('Debug'), rows: ['0F 23 /r | Dy, Ry | f64'] },
  run(x, destination, source) {
    x.service('writeDebug', number(x, destination.address()), x.zext(source.get(), 64));
    x.resume();
  },
});

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

export const register: readonly Op[] = [readControl, writeControl, readDebug, writeDebug, lmsw, smsw, clts];
