/** EFLAGS as a number: the six flags that come of results, and the word that has the others. */
import { arithmeticFlags, Eflags, State } from '../runtime/state.ts';
import type { Val } from '../stage/index.ts';
import type { FlagName, FlagUpdate } from './op.ts';
import type { X } from './vocabulary.ts';

const bits = { c: 0, p: 2, a: 4, z: 6, s: 7, o: 11 } as const satisfies Record<FlagName, number>;
const names = Object.keys(bits) as FlagName[]; // They are its keys.

/** All of it but RF and VM, in 32 bits: what PUSHF stores. */
export const image = (x: X): Val => {
  const others = x.and(x.state(State.flags, 32), x.known(32, ~(arithmeticFlags | Eflags.rf | Eflags.vm)));
  return names.reduce((word, name) => x.or(word, x.shl(x.zext(x.flag(name), 32), bits[name])), others);
};

/** Those of these flags as an image has them. */
export const taken = (x: X, from: Val, which: readonly FlagName[] = names): FlagUpdate =>
  Object.fromEntries(which.map((name) => [name, () => x.bit(from, bits[name])]));

/** Sets and clears flags that don't come of results. */
export const change = (x: X, make: (flags: Val) => Val): void => x.setState(State.flags, make(x.state(State.flags, 32)));

/** Whether this is virtual-8086 mode whose flags are the supervisor's: IOPL isn't 3. */
const isSupervised = (x: X): Val => {
  const flags = x.state(State.flags, 32);
  const isVirtual = x.nez(x.and(flags, x.known(32, Eflags.vm)));
  return x.and(isVirtual, x.ne(x.and(flags, x.known(32, Eflags.iopl)), x.known(32, Eflags.iopl)));
};

/**
 * In virtual-8086 mode flags are the supervisor's to read and write, unless IOPL is 3: SDM Vol. 3B, 22.2.7. With CR4.VME those of 16 bits are
 * the program's, and VIF is its IF: whether that is so here.
 */
export const requireFlags = (x: X): Val => {
  const isRefused = isSupervised(x);
  if (x.size !== 16) {
    x.require(x.not(isRefused), 'gp');
    return x.known(1, 0);
  }
  x.require(x.or(x.not(isRefused), x.bit(x.state(State.cr4, 32), 0)), 'gp');
  return isRefused;
};

const bit = { if: 9, vif: 19, vip: 20 } as const;

/** What a program whose IF is VIF sees of its flags: with an IOPL of 3. SDM Vol. 2B, PUSHF/PUSHFD/PUSHFQ. */
export const virtualImage = (x: X, from: Val): Val => {
  const open = x.shl(x.zext(x.bit(x.state(State.flags, 32), bit.vif), 32), bit.if);
  return x.or(x.or(x.and(from, x.known(32, ~Eflags.if)), open), x.known(32, Eflags.iopl));
};

/** Whether such a program may set its flags so: it doesn't trap itself, and its supervisor has no interrupt for it. SDM Vol. 2B, POPF/POPFD/POPFQ. */
export const mayBeVirtual = (x: X, popped: Val): Val => {
  const isAwaited = x.and(x.bit(x.state(State.flags, 32), bit.vip), x.bit(popped, bit.if));
  return x.not(x.or(isAwaited, x.bit(popped, 8)));
};

/** The flags with VIF as such a program's IF. */
export const withVirtual = (x: X, flags: Val, isOpen: Val): Val =>
  x.or(x.and(flags, x.known(32, ~Eflags.vif)), x.shl(x.zext(isOpen, 32), bit.vif));

/**
 * Whether holding back interrupts is virtual: by CR4.VME in virtual-8086 mode, by CR4.PVI of users else, where IOPL doesn't have it be real.
 * #GP where it is neither. SDM Vol. 2A, CLI; Vol. 2B, STI.
 */
export const requireInterrupts = (x: X): Val => {
  const flags = x.state(State.flags, 32);
  const [iopl, cpl] = [x.and(x.shr(flags, 12), x.known(32, 3)), x.state(State.cpl, 32)];
  const isVirtual = x.nez(x.and(flags, x.known(32, Eflags.vm)));
  const cr4 = x.state(State.cr4, 32);
  const isOffered = x.and(x.select(isVirtual, x.bit(cr4, 0), x.bit(cr4, 1)), x.eq(cpl, x.known(32, 3)));
  const isReal = x.not(x.ltu(iopl, cpl));
  x.require(x.or(isReal, isOffered), 'gp');
  return x.not(isReal);
};

/** The flags POPF may change: IF needs IOPL, IOPL privilege 0. SDM Vol. 2B, POPF/POPFD/POPFQ. */
export const changeable = (x: X): Val => {
  const cpl = x.state(State.cpl, 32);
  const iopl = x.and(x.shr(x.state(State.flags, 32), 12), x.known(32, 3));
  const always = x.known(32, Eflags.tf | Eflags.df | Eflags.nt | Eflags.ac | Eflags.id);
  const interrupts = x.select(x.ltu(iopl, cpl), x.known(32, 0), x.known(32, Eflags.if));
  const privilege = x.select(x.eqz(cpl), x.known(32, Eflags.iopl), x.known(32, 0));
  return x.or(always, x.or(interrupts, privilege));
};
