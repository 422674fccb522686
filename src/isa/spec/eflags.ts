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

/** In virtual-8086 mode flags are the supervisor's to read and write, unless IOPL is 3: SDM Vol. 3B, 22.2.7. */
export const requireFlags = (x: X): void => {
  const flags = x.state(State.flags, 32);
  const isVirtual = x.nez(x.and(flags, x.known(32, Eflags.vm)));
  const isAll = x.eq(x.and(flags, x.known(32, Eflags.iopl)), x.known(32, Eflags.iopl));
  x.require(x.or(x.not(isVirtual), isAll), 'gp');
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
