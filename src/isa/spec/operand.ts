/** What the operand codes of rows mean: SDM Vol. 2D, A.2.1. */
import { Segment } from '../runtime/state.ts';
import type { Val } from '../stage/index.ts';
import type { Binding } from './binding.ts';
import type { Operand } from './op.ts';
import type { RegisterName, X } from './vocabulary.ts';
import { widthOf } from './width.ts';

/** Throws where a code isn't known: a defect of the specification. */
export const operandOf = (x: X, binding: Binding, code: string): Operand => {
  const w = widthOf(code, binding.known.size);
  const fixed = fixedRegisters[code];
  if (fixed !== undefined) return x.register(fixed, w);
  if (code === 'AH') return x.ah;
  if (code === '1') return readOnly(code, 8, () => x.known(8, 1));
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

const fixedRegisters: Readonly<Record<string, RegisterName>> = { AL: 'ax', AX: 'ax', eAX: 'ax', rAX: 'ax', CL: 'cx', DX: 'dx' };

/** The immediate that stands last in the code of ENTER is its second one; `Iz` is extended to operands of 64 bits. */
const immediate = (binding: Binding, code: string, w: number): Operand => {
  const { operands } = binding.known.form;
  const index = operands.filter((one) => one.startsWith('I')).indexOf(code) === 1 ? 1 : 0;
  const width = code === 'Iz' ? binding.known.size : w;
  return readOnly(code, width, () => binding.immediate(index, width));
};

/** A register by its place in the state. */
export const locationOf = (x: X, place: Val, w: number): Operand => {
  const { binding } = x;
  const get = (): Val => binding.readRegister(place, w);
  const set = (value: Val): void => x.commit(() => binding.writeRegister(place, value));
  return {
    w,
    get,
    set,
    update: (make) => {
      const old = get();
      const made = make(old);
      set(made);
      return [old, made];
    },
    address: () => {
      throw new Error('a register has no address');
    },
  };
};

const memory = (x: X, binding: Binding, w: number): Operand => at(x, binding.segment(), () => binding.offset(x.dropped), w);

const at = (x: X, segment: Segment | 'named', offset: () => Val, w: number): Operand => ({
  w,
  get: () => x.read(segment, offset(), w),
  set: (value) => x.write(segment, offset(), value),
  update: (make) => x.rewrite(segment, offset(), w, make),
  address: offset,
});

const readOnly = (code: string, w: number, get: () => Val): Operand => {
  const refuse = (): never => {
    throw new Error(`${code} can't be written and has no address`);
  };
  return { w, get, set: refuse, update: refuse, address: refuse };
};
