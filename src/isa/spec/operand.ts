/** What the operand codes of rows mean: SDM Vol. 2D, A.2.1. */
import { Segment, SegmentPart, segmentPlace } from '../runtime/state.ts';
import type { Val } from '../stage/index.ts';
import type { Binding } from './binding.ts';
import { mmxMemory, mmxOf } from './mmx/operand.ts';
import type { Halves, Operand } from './op.ts';
import type { RegisterName, X } from './vocabulary.ts';
import { widthOf } from './width.ts';
import type { AtHand } from './words/at-hand.ts';

/** Throws where a code isn't known: a defect of the specification. */
export const operandOf = (x: X, binding: Binding, code: string): Operand => {
  const w = widthOf(code, binding.known.size);
  const fixed = fixedRegisters[code];
  if (fixed !== undefined) return x.register(fixed, w);
  if (code === 'AH') return x.ah;
  if (code === 'XMM0') return x.xmm0;
  if (code === 'ST') return readOnly(code, 32, () => x.known(32, 0));
  if (code === 'STi') return readOnly(code, 32, () => binding.field('rm'));
  if (code === '1') return readOnly(code, 8, () => x.known(8, 1));
  const segment = segments[code];
  if (segment !== undefined) return segmentRegister(x, x.known(32, segmentPlace(segment)));
  if (code === 'Ibs') return readOnly(code, x.size, () => binding.immediate(0, x.size));
  switch (code[0]) {
    case 'E':
      return binding.known.isMemory ? memory(x, binding, w) : x.location(binding.field('rm'), w);
    case 'M':
      return memory(x, binding, w);
    case 'R':
    case 'Z':
      return x.location(binding.field('rm'), w);
    case 'G':
      return x.location(binding.field('reg'), w);
    case 'B':
      return x.location(binding.field('vvvv'), w);
    case 'P':
      return mmxOf(x, binding.field('reg'), w);
    case 'Q':
      return binding.known.isMemory ? mmxMemory(x, w) : mmxOf(x, binding.field('rm'), w);
    case 'N':
      return mmxOf(x, binding.field('rm'), w);
    case 'V':
      return x.vector(binding.field('reg'), w);
    case 'W':
      return binding.known.isMemory ? memory(x, binding, w) : x.vector(binding.field('rm'), w);
    case 'U':
      return x.vector(binding.field('rm'), w);
    case 'H':
      return x.vector(binding.field('vvvv'), w);
    case 'L':
      return x.vector(binding.field('other'), w);
    case 'C':
    case 'D':
      return systemRegister(code, w, binding.field('reg'));
    case 'S':
      return segmentRegister(x, binding.field('reg'));
    case 'A':
      return farPointer(x, binding);
    case 'I':
      return immediate(binding, code, w);
    case 'J':
      return readOnly(code, 64, () => binding.target());
    case 'O':
      return at(x, binding.segment(), () => x.zext(binding.immediate(0, 64), binding.known.address), w);
    case 'X':
      return at(x, binding.segment(), () => x.register('si', x.addressSize).get(), w);
    case 'Y':
      return at(x, Segment.es, () => x.register('di', x.addressSize).get(), w);
    default:
      throw new Error(`no operand is called ${code}`);
  }
};

const segments: Readonly<Record<string, Segment>> = {
  ...{ ES: Segment.es, CS: Segment.cs, SS: Segment.ss, DS: Segment.ds, FS: Segment.fs, GS: Segment.gs },
};

/** Its selector is read; what writes it loads a segment, and wants its place. */
const segmentRegister = (x: X, place: Val): Operand => ({
  ...readOnly('a segment register', 16, () => x.binding.readRegister(x.add(place, x.known(32, SegmentPart.selector)), 16)),
  address: () => place,
});

/** A control or debug register: services reach it, and want its number. */
const systemRegister = (code: string, w: number, number: Val): Operand => ({ ...readOnly(code, w, () => number), address: () => number });

/** The selector above the offset. */
const farPointer = (x: X, binding: Binding): Operand => {
  const { size } = binding.known;
  const whole = size + 16;
  return readOnly('a pointer', whole, () =>
    x.or(x.shl(x.zext(binding.immediate(1, 16), whole), size), x.zext(binding.immediate(0, size), whole)),
  );
};

const fixedRegisters: Readonly<Record<string, RegisterName>> = { AL: 'ax', AX: 'ax', eAX: 'ax', rAX: 'ax', CL: 'cx', DX: 'dx' };

/** The immediate that stands last in the code of ENTER is its second one; `Iz` is extended to operands of 64 bits. */
const immediate = (binding: Binding, code: string, w: number): Operand => {
  const { operands } = binding.known.form;
  const index = operands.find((one) => one.startsWith('I')) === code ? 0 : 1;
  const width = code === 'Iz' ? binding.known.size : w;
  return readOnly(code, width, () => binding.immediate(index, width));
};

/** A register by its place in the state. */
export const locationOf = (x: AtHand, place: Val, w: number): Operand => {
  const { binding } = x;
  const write = (value: Val) => (): void => binding.writeRegister(place, value);
  return registerOf(
    w,
    () => binding.readRegister(place, w),
    (value, claim) => x.commit(claim === undefined ? write(value) : () => x.when(claim, write(value))),
  );
};

const registerOf = (w: number, get: () => Val, set: Operand['set']): Operand => {
  const self: Operand = {
    w,
    get,
    set,
    update: (make) => {
      const old = get();
      const made = make(old);
      set(made);
      return [old, made];
    },
    beyond: () => self,
    address: noAddress,
  };
  return self;
};

const noAddress = (): never => {
  throw new Error('a register has no address');
};

/** A vector register by its place in the state. What legacy encodings write leaves the bits above as they are, VEX clears them: SDM Vol. 1, 14.9. */
export const vectorOf = (x: AtHand, place: Val, w: number): Operand => {
  const { binding } = x;
  const rest = binding.known.form.vex === undefined ? 'stays' : 'clears';
  const get = (): Val => binding.readVector(place, w);
  const set: Operand['set'] = (value, claim = x.known(1, 1)) =>
    x.commit(() => x.when(claim, () => binding.writeVector(place, value, rest)));
  if (w !== 256) return registerOf(w, get, set);
  const halves: Halves = {
    get: () => [binding.readVector(place, 128), binding.readVector(x.add(place, x.known(32, 16)), 128)],
    set: (low, high) => x.commit(() => binding.writeHalves(place, low, high)),
  };
  return { ...registerOf(w, get, set), halves };
};

/** Vectors stand at multiples of their size, but for what has the attribute `u` and, after VEX, nearly all: SDM Vol. 1, 4.6.4 and 14.9. */
const memory = (x: X, binding: Binding, w: number): Operand => {
  const { vex, attributes } = binding.known.form;
  const isAligned = attributes.has('aligned') || (w === 128 && vex === undefined && !attributes.has('u'));
  const alignment = isAligned ? w / 8 : 1;
  const segment = binding.segment();
  const offset = (): Val => binding.offset(x.dropped);
  const named = at(x, segment, offset, w, alignment);
  const beyond: Operand['beyond'] = (bytes) =>
    bytes.known === undefined ? named.beyond(bytes) : at(x, segment, () => binding.offset(x.dropped, Number(bytes.known)), w);
  const { get, set, update, address } = named;
  if (w !== 256) return { w, get, set, update, beyond, address };
  const halves: Halves = {
    get: () => x.readHalves(segment, offset(), alignment),
    set: (low, high) => x.writeHalves(segment, offset(), [low, high], alignment),
  };
  return { w, get, set, update, beyond, address, halves };
};

const at = (x: X, segment: Segment | 'named', offset: () => Val, w: number, alignment = 1): Operand => ({
  w,
  get: () => x.read(segment, offset(), w, alignment),
  set: (value, claim) => {
    const write = (): void => x.write(segment, offset(), value, alignment);
    if (claim === undefined) write();
    else x.when(claim, write);
  },
  update: (make) => x.rewrite(segment, offset(), w, make),
  beyond: (bytes) => at(x, segment, () => x.add(offset(), x.sext(bytes, x.addressSize)), w),
  address: offset,
});

const readOnly = (code: string, w: number, get: () => Val): Operand => {
  const refuse = (): never => {
    throw new Error(`${code} can't be written and has no address`);
  };
  return { w, get, set: refuse, update: refuse, beyond: refuse, address: refuse };
};
