/**
 * What XSAVE and its kin store and load: SDM Vol. 1, 13.4 to 13.12. Components are x87, SSE and the upper halves of AVX, by bits 0 to 2, and where they
 * are is the same in both formats.
 */
import { Mxcsr, State, X87Control, X87Status } from '../../runtime/state.ts';
import type { Val } from '../../stage/index.ts';
import type { X } from '../vocabulary.ts';

/** Offsets in the area, and how long one of all components is. */
export const Area = {
  ...{ control: 0, status: 2, full: 4, opcode: 6, code: 8, data: 16, mxcsr: 24, mxcsrMask: 28, registers: 32, vectors: 160 },
  ...{ present: 512, format: 520, reserved: 528, upper: 576, bytes: 832 },
} as const;

/** Masks of components, and the bit of the header that says it is compacted. */
export const Part = { x87: 1, sse: 2, avx: 4, compacted: 1n << 63n } as const;

/** XSAVE · XSAVEOPT leaves out what is as after a reset · XSAVEC and XSAVES do, and say so in the header. */
export type Saving = 'all' | 'used' | 'compacted';

export interface Manner {
  /** Pointers of x87 instructions have 64 bits, without a selector. */
  readonly isWide: boolean;
  /** Half of the vectors are of 64-bit mode. */
  readonly vectors: 8 | 16;
  /** Components that are meant, of 64 bits. */
  readonly wanted: Val;
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, number) => number);
const registers = upTo(8);
const pointers = [
  [Area.code, State.x87Code, State.x87CodeSegment],
  [Area.data, State.x87Data, State.x87DataSegment],
] as const;

const isIn = (x: X, set: Val, components: number): Val => x.nez(x.and(set, x.known(64, components)));

/** To a place in linear memory that has room for all. */
export const store = (x: X, at: Val, saving: Saving, { isWide, vectors, wanted }: Manner): void => {
  const isCompacted = saving === 'compacted';
  const used = inUse(x, isCompacted, vectors);
  const written = saving === 'all' ? wanted : x.and(wanted, used);
  const present = x.and(wanted, used);
  x.when(isIn(x, written, Part.x87), () => storeX87(x, at, isWide));
  x.when(isIn(x, written, Part.sse), () => storeVectors(x, at, vectors, { from: Area.vectors, half: 0 }));
  x.when(isIn(x, written, Part.avx), () => storeVectors(x, at, vectors, { from: Area.upper, half: 16 }));
  x.when(isCompacted ? isIn(x, written, Part.sse) : isIn(x, wanted, Part.sse | Part.avx), () => {
    x.store(x.state(State.mxcsr, 32), at, Area.mxcsr);
    x.store(x.known(32, Mxcsr.control | Mxcsr.flags), at, Area.mxcsrMask);
  });
  if (isCompacted) {
    x.store(present, at, Area.present);
    x.store(x.or(wanted, x.known(64, Part.compacted)), at, Area.format);
  } else x.store(x.or(x.and(x.load(64, at, Area.present), x.not(wanted)), present), at, Area.present);
};

/** XINUSE. Without a mask of its own, MXCSR is in use where it isn't as after a reset. */
const inUse = (x: X, isCompacted: boolean, vectors: number): Val => {
  const any = (values: readonly Val[]): Val =>
    x.lanes(
      'v128.any_true',
      values.reduce((all, value) => x.lanes('v128.or', all, value)),
    );
  const part = (claim: Val, mask: number): Val => x.select(claim, x.known(64, mask), x.known(64, 0));
  const hasVectors = (half: 0 | 16): Val => any(upTo(vectors).map((number) => x.state(State.vectors + 64 * number + half, 128)));
  const hasMxcsr = isCompacted ? x.ne(x.state(State.mxcsr, 32), x.known(32, Mxcsr.initial)) : x.known(1, 0);
  const ofSse = part(x.or(hasVectors(0), hasMxcsr), Part.sse);
  return x.or(x.or(part(hasX87(x), Part.x87), ofSse), part(hasVectors(16), Part.avx));
};

const hasX87 = (x: X): Val => {
  const word = (offset: number): Val => x.zext(x.state(offset, 16), 64);
  const words = [x.xor(word(State.x87Control), x.known(64, X87Control.initial)), word(State.x87Status), word(State.x87Opcode)];
  const full = x.zext(x.state(State.x87Full, 8), 64);
  const places = [x.state(State.x87Code, 64), x.state(State.x87Data, 64)];
  const all = registers.flatMap((number) => [x.state(State.x87 + 16 * number, 64), word(State.x87 + 16 * number + 8)]);
  return x.nez([...words, full, ...places, ...all].reduce((sum, value) => x.or(sum, value)));
};

const storeVectors = (x: X, at: Val, vectors: number, { from, half }: { readonly from: number; readonly half: 0 | 16 }): void => {
  for (const number of upTo(vectors)) x.store(x.state(State.vectors + 64 * number + half, 128), at, from + 16 * number);
};

/** As runtime/x87/fxsave.ts has it. */
const storeX87 = (x: X, at: Val, isWide: boolean): void => {
  const status = x.state(State.x87Status, 16);
  x.store(x.state(State.x87Control, 16), at, Area.control);
  x.store(status, at, Area.status);
  x.store(x.zext(x.state(State.x87Full, 8), 16), at, Area.full);
  x.store(x.state(State.x87Opcode, 16), at, Area.opcode);
  for (const [to, offset, segment] of pointers) {
    const selector = x.shl(x.zext(x.state(segment, 16), 64), 32);
    x.store(isWide ? x.state(offset, 64) : x.or(x.zext(x.state(offset, 32), 64), selector), at, to);
  }
  for (const index of registers) {
    const register = placeOf(x, status, index);
    x.store(x.load(64, register, { home: State.x87 }), at, Area.registers + 16 * index);
    x.store(x.zext(x.load(16, register, { home: State.x87 + 8 }), 64), at, Area.registers + 16 * index + 8);
  }
};

/** Of ST(index), behind the first register's. */
const placeOf = (x: X, status: Val, index: number): Val => {
  const top = x.shr(x.zext(status, 32), 11);
  return x.shl(x.and(x.add(top, x.known(32, index)), x.known(32, 7)), 4);
};

/** Whether an area can be loaded without a look at anything: of its format, with nothing reserved, and no x87 exception that awaits. */
export const isUsual = (x: X, at: Val, isCompacted: boolean): Val => {
  const [present, format, enabled] = [x.load(64, at, Area.present), x.load(64, at, Area.format), x.state(State.xcr0, 64)];
  const possible = isCompacted ? x.xor(format, x.known(64, Part.compacted)) : enabled;
  const reserved = Array.from({ length: 6 }, (_, quad) => x.load(64, at, Area.reserved + 8 * quad));
  const beyond = x.or(x.and(possible, x.not(enabled)), x.and(present, x.not(possible)));
  const rest = [...reserved, ...(isCompacted ? [] : [format])].reduce((sum, quad) => x.or(sum, quad), beyond);
  const isFit = x.eqz(x.and(x.load(32, at, Area.mxcsr), x.known(32, ~(Mxcsr.control | Mxcsr.flags))));
  const [status, control] = [x.load(16, at, Area.status), x.load(16, at, Area.control)];
  const awaited = x.and(x.and(status, x.not(control)), x.known(16, X87Status.flags));
  return x.and(x.and(x.eqz(rest), isFit), x.eqz(awaited));
};

/** From one that is usual. */
export const load = (x: X, at: Val, isCompacted: boolean, { isWide, vectors, wanted }: Manner): void => {
  const present = x.load(64, at, Area.present);
  const either = (mask: number, there: () => void, initial: () => void): void =>
    x.when(isIn(x, wanted, mask), () => x.when(isIn(x, present, mask), there, initial));
  either(
    Part.x87,
    () => loadX87(x, at, isWide),
    () => resetX87(x),
  );
  for (const [mask, from, half] of [
    [Part.sse, Area.vectors, 0],
    [Part.avx, Area.upper, 16],
  ] as const) {
    const set = (value: (number: number) => Val): void => {
      for (const number of upTo(vectors)) put(x, State.vectors + 64 * number + half, value(number));
    };
    either(
      mask,
      () => set((number) => x.load(128, at, from + 16 * number)),
      () => set(() => x.known(128, 0)),
    );
  }
  x.when(isIn(x, wanted, isCompacted ? Part.sse : Part.sse | Part.avx), () => {
    const isLoaded = isCompacted ? isIn(x, present, Part.sse) : x.known(1, 1);
    put(x, State.mxcsr, x.select(isLoaded, x.load(32, at, Area.mxcsr), x.known(32, Mxcsr.initial)));
  });
};

/** At once: nothing faults any more. */
const put = (x: X, offset: number, value: Val): void => x.binding.writeState(offset, value);

const loadX87 = (x: X, at: Val, isWide: boolean): void => {
  const { writable, always } = X87Control;
  const told = X87Status.summary | X87Status.busy;
  const status = x.and(x.load(16, at, Area.status), x.known(16, ~told));
  put(x, State.x87Control, x.or(x.and(x.load(16, at, Area.control), x.known(16, writable)), x.known(16, always)));
  put(x, State.x87Status, status);
  put(x, State.x87Ignored, x.known(8, 0));
  put(x, State.x87Full, x.load(8, at, Area.full));
  put(x, State.x87Opcode, x.and(x.load(16, at, Area.opcode), x.known(16, 0x7ff)));
  for (const [from, offset, segment] of pointers) {
    put(x, offset, isWide ? x.load(64, at, from) : x.zext(x.load(32, at, from), 64));
    put(x, segment, isWide ? x.known(16, 0) : x.load(16, at, from + 4));
  }
  for (const index of registers) {
    const register = placeOf(x, status, index);
    x.store(x.load(64, at, Area.registers + 16 * index), register, { home: State.x87 });
    x.store(x.load(16, at, Area.registers + 16 * index + 8), register, { home: State.x87 + 8 });
  }
};

const resetX87 = (x: X): void => {
  put(x, State.x87Control, x.known(16, X87Control.initial));
  for (const offset of [State.x87Status, State.x87Opcode, State.x87CodeSegment, State.x87DataSegment]) put(x, offset, x.known(16, 0));
  for (const offset of [State.x87Full, State.x87Ignored]) put(x, offset, x.known(8, 0));
  for (const offset of [State.x87Code, State.x87Data]) put(x, offset, x.known(64, 0));
  for (const number of registers) {
    put(x, State.x87 + 16 * number, x.known(64, 0));
    put(x, State.x87 + 16 * number + 8, x.known(16, 0));
  }
};
