/** A processor's state after a reset: SDM Vol. 3A, table 10-1. What INIT leaves alone, vectors and x87 with their control, stays. */
import { Activity, Eflags, Mxcsr, Segment, SegmentPart, State, segmentPlace, X87Control } from '../isa/index.ts';
import { Cr0 } from './control/bits.ts';
import { Dr6, Dr7 } from './control/debug-registers.ts';
import { signature } from './control/identity.ts';

const limit = 0xffff;

/** Whether caches are used, which INIT leaves as it is: table 10-1, note 2. */
const ofCaches = BigInt(Cr0.cd | Cr0.nw);

export const setReset = (state: DataView, isInit = false): void => {
  if (!isInit) setNumbers(state);
  const caches = isInit ? state.getBigUint64(State.cr0, true) & ofCaches : ofCaches;
  for (let number = 0; number < 16; number++) state.setBigUint64(State.gpr + 8 * number, 0n, true);
  state.setBigUint64(State.gpr + 8 * 2, BigInt(signature), true);
  for (let number = 0; number < 4; number++) state.setBigUint64(State.dr0 + 8 * number, 0n, true);
  state.setBigUint64(State.dr6, BigInt(Dr6.ones), true);
  state.setBigUint64(State.dr7, BigInt(Dr7.ones), true);
  for (const place of [State.cr2, State.cr3, State.cr4, State.efer]) state.setBigUint64(place, 0n, true);
  state.setBigUint64(State.cr0, BigInt(Cr0.et) | caches, true);
  state.setBigUint64(State.rip, 0xfff0n, true);
  // ZF is that of the result: anything but 0, of which SF and PF are clear.
  state.setBigUint64(State.result, 1n, true);
  for (const place of [State.carry, State.aux, State.cpl, State.shadow, State.steps]) state.setUint32(place, 0, true);
  state.setUint32(State.flags, Eflags.one, true);
  state.setUint32(State.activity, Activity.active, true);
  for (const segment of Object.values(Segment)) {
    const isCode = segment === Segment.cs;
    set(state, segmentPlace(segment), { selector: isCode ? 0xf000 : 0, base: isCode ? 0xffff_0000n : 0n, rights: 0x93 });
  }
  set(state, State.ldtr, { selector: 0, base: 0n, rights: 0x82 });
  set(state, State.tr, { selector: 0, base: 0n, rights: 0x8b });
  for (const table of [State.gdtr, State.idtr]) {
    state.setBigUint64(table, 0n, true);
    state.setUint32(table + 8, limit, true);
  }
};

/** Vectors are clear. Each x87 register is +0 and none is empty, and all exceptions are told: a system begins with FINIT. */
const setNumbers = (state: DataView): void => {
  new Uint8Array(state.buffer, state.byteOffset + State.vectors, State.bounce - State.vectors).fill(0);
  state.setUint16(State.x87Control, X87Control.always, true);
  state.setUint8(State.x87Full, 0xff);
  state.setUint32(State.mxcsr, Mxcsr.initial, true);
};

const set = (state: DataView, place: number, from: { readonly selector: number; readonly base: bigint; readonly rights: number }): void => {
  state.setUint32(place + SegmentPart.selector, from.selector, true);
  state.setBigUint64(place + SegmentPart.base, from.base, true);
  state.setUint32(place + SegmentPart.limit, limit, true);
  state.setUint32(place + SegmentPart.rights, from.rights, true);
};
