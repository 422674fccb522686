/** What the code that runs depends on, from the processor's state. */
import { Eflags, type Mode, Segment, SegmentPart, State, segmentPlace } from '../../isa/index.ts';
import { Cr0, Cr4, Efer } from '../memory/paging.ts';
import { isWritable, Right } from '../segment/right.ts';

/** SDM Vol. 3A, 2.2. */
export const modeOf = (state: DataView): Mode => {
  const vectors = vectorsOf(state);
  const isProtected = (state.getUint32(State.cr0, true) & Cr0.pe) !== 0;
  if (!isProtected || (state.getUint32(State.flags, true) & Eflags.vm) !== 0) return known(16, 16, false, vectors, 'none');
  const wide = wideOf(state);
  const rights = state.getUint32(segmentPlace(Segment.cs) + SegmentPart.rights, true);
  if ((state.getUint32(State.efer, true) & Efer.lma) !== 0 && (rights & Right.long) !== 0) return known(64, 64, true, vectors, wide);
  const code = (rights & Right.big) !== 0 ? 32 : 16;
  const stack = (state.getUint32(segmentPlace(Segment.ss) + SegmentPart.rights, true) & Right.big) !== 0 ? 32 : 16;
  return known(code, stack, code === 32 && stack === 32 && areFlat(state), vectors, wide);
};

const modes: Mode[] = [];
const vectorNames = ['allowed', 'nm', 'ud'] as const;
const places = { allowed: 0, nm: 1, ud: 2, none: 3 } as const satisfies Record<Mode['wide'], number>;

/** Each of them is one object: they are asked for at each block that is looked for. */
const known = (code: Mode['code'], stack: Mode['stack'], isFlat: boolean, vectors: Mode['vectors'], wide: Mode['wide']): Mode => {
  // 16, 32 and 64 are told apart by two bits.
  const place = (code >> 5) | ((stack >> 5) << 2) | (isFlat ? 16 : 0) | (places[vectors] << 5) | (places[wide] << 7);
  const found = modes[place];
  if (found !== undefined) return found;
  const made = { code, stack, isFlat, vectors, wide };
  modes[place] = made;
  return made;
};

/** Of 11 bits, never 0; that of 64 has 64. */
export const modeNumber = ({ code, stack, isFlat, vectors, wide }: Mode): number =>
  code | (stack >> 4) | (isFlat ? 8 : 0) | (places[vectors] << 7) | (places[wide] << 9);

/** The mode that has this number. */
export const modeOfNumber = (number: number): Mode => {
  const code = number & 64 ? 64 : number & 32 ? 32 : 16;
  const stack = number & 4 ? 64 : number & 2 ? 32 : 16;
  return known(code, stack, (number & 8) !== 0, vectorNames[(number >> 7) & 3] ?? 'ud', vectorNames[(number >> 9) & 3] ?? 'none');
};

/** CR0.EM, CR4.OSFXSR, CR0.TS: SDM Vol. 3A, 15.1. */
const vectorsOf = (state: DataView): Mode['vectors'] => {
  const cr0 = state.getUint32(State.cr0, true);
  if ((cr0 & Cr0.em) !== 0 || (state.getUint32(State.cr4, true) & Cr4.osfxsr) === 0) return 'ud';
  return (cr0 & Cr0.ts) !== 0 ? 'nm' : 'allowed';
};

/** CR4.OSXSAVE and XCR0, CR0.TS: SDM Vol. 1, 14.3. */
const wideOf = (state: DataView): Mode['wide'] => {
  const both = 6;
  const isEnabled = (state.getUint32(State.cr4, true) & Cr4.osxsave) !== 0 && (state.getUint32(State.xcr0, true) & both) === both;
  if (!isEnabled) return 'ud';
  return (state.getUint32(State.cr0, true) & Cr0.ts) !== 0 ? 'nm' : 'allowed';
};

const segments = [Segment.es, Segment.cs, Segment.ss, Segment.ds, Segment.fs, Segment.gs] as const;
/** What instructions use without a prefix: others are always looked at. */
const usual = [Segment.es, Segment.cs, Segment.ss, Segment.ds] as const;

const areFlat = (state: DataView): boolean => {
  for (const segment of usual) if (!isFlat(state, segment)) return false;
  return true;
};

/** Whether nothing need be looked at: it begins at 0, ends nowhere, and is read and, but for code, written. */
const isFlat = (state: DataView, segment: Segment): boolean => {
  const place = segmentPlace(segment);
  const base = state.getUint32(place + SegmentPart.base, true) | state.getUint32(place + SegmentPart.base + 4, true);
  if (base !== 0 || state.getUint32(place + SegmentPart.limit, true) !== 0xffff_ffff) return false;
  const rights = state.getUint32(place + SegmentPart.rights, true);
  return segment === Segment.cs || ((rights & Right.present) !== 0 && isWritable(rights) && (rights & Right.turned) === 0);
};

/** A limit that no instruction loads into IDTR: there is no table, and exceptions are handed out. */
export const noTable = 0xffff_ffff;

/** Sets all segments to begin at 0 and end nowhere, with code of so many bits: how loaders hand over, without a table of descriptors or of interrupts. */
export const setFlat = (state: DataView, code: 64 | 32): void => {
  state.setUint32(State.idtr + 8, noTable, true);
  for (const segment of segments) {
    const place = segmentPlace(segment);
    state.setBigUint64(place + SegmentPart.base, 0n, true);
    state.setUint32(place + SegmentPart.limit, 0xffff_ffff, true);
    const isCode = segment === Segment.cs;
    state.setUint32(place + SegmentPart.rights, (isCode ? 0x9b : 0x93) | 0x8000 | (isCode && code === 64 ? Right.long : Right.big), true);
  }
};

/** 64-bit mode at privilege 0, with these page tables and with vectors: how a loader hands over that has made them. */
export const setLong = (state: DataView, tables: bigint): void => {
  state.setBigUint64(State.cr0, BigInt((Cr0.pg | Cr0.pe | Cr0.wp | Cr0.et) >>> 0), true);
  state.setBigUint64(State.cr3, tables, true);
  state.setBigUint64(State.cr4, BigInt(Cr4.pae | Cr4.osfxsr | Cr4.osxmmexcpt | Cr4.osxsave), true);
  state.setBigUint64(State.xcr0, 7n, true);
  state.setBigUint64(State.efer, BigInt(Efer.lme | Efer.lma), true);
  state.setUint32(State.flags, Eflags.one, true);
  setFlat(state, 64);
};

/** As after a reset, but for where code begins: segments of 64 KiB. */
export const setReal = (state: DataView): void => {
  state.setBigUint64(State.idtr, 0n, true);
  state.setUint32(State.idtr + 8, 0x3ff, true);
  for (const segment of segments) {
    const place = segmentPlace(segment);
    state.setUint32(place + SegmentPart.limit, 0xffff, true);
    state.setUint32(place + SegmentPart.rights, 0x93, true);
  }
};
