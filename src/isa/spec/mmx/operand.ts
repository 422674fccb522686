/** MMX registers, and operands that may be in memory instead. */
import type { Val } from '../../stage/index.ts';
import type { Operand } from '../op.ts';
import type { X } from '../vocabulary.ts';
import { beginAt } from './begin.ts';

/** By its place in the state. What is above its 64 bits becomes all ones: SDM Vol. 1, 9.2.4. */
export const mmxOf = (x: X, place: Val, w: number): Operand => {
  const { binding } = x;
  const get = (): Val => binding.readRegister(place, w);
  const set: Operand['set'] = (value) =>
    x.commit(() => {
      binding.writeRegister(place, value);
      binding.writeRegister(x.add(place, x.known(32, 8)), x.known(16, 0xffff));
    });
  return { w, get, set, ...unwanted };
};

export const mmxMemory = (x: X, w: number): Operand => ({
  w,
  get: () => x.load(w, beginAt(x, w / 8, 'read')),
  set: (value) => {
    const place = beginAt(x, w / 8, 'write');
    x.store(value, place);
    x.binding.close(place, w / 8);
  },
  ...unwanted,
});

const refuse = (): never => {
  throw new Error('no instruction of MMX does that with an operand');
};
const unwanted = { update: refuse, beyond: refuse, address: refuse };
