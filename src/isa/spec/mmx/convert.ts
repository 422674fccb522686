/** Conversions between two integers of MMX and floating-point numbers of vectors: SDM Vol. 1, 11.4.1.6 and 10.4.3. */
import type { Val } from '../../stage/index.ts';
import { type Op, type Operand, op } from '../op.ts';
import { convert } from '../vector/convert.ts';
import { page } from '../vector/rows.ts';
import type { X } from '../vocabulary.ts';
import { checked, taken } from './begin.ts';

/** By the conversion of vectors, which sees zeros in the other half. */
const converting = (name: string, of: string, row: string): Op => {
  const wide = convert.find((one) => one.name === of);
  if (wide === undefined) throw new Error(`no conversion is called ${of}`);
  const isFromIntegers = row.includes('Qq');
  return op({
    ...{ name, sdm: page(name), rows: [row] },
    run(x, destination, source) {
      // Of memory, integers take no register of MMX: so do AMD's processors, the manual says it of CVTPI2PD alone.
      const isUntaken = isFromIntegers && x.isMemory;
      if (!isUntaken) checked(x);
      const value = isUntaken ? memory(x) : source.get();
      if (!isUntaken) taken(x);
      wide.run(x, halfOf(x, destination), { ...source, w: 128, get: () => x.lowest(value) });
    },
  });
};

const memory = (x: X): Val => x.read('named', x.binding.offset(0), 64);

const halfOf = (x: X, operand: Operand): Operand =>
  operand.w === 128 ? operand : { ...operand, w: 128, set: (value, claim) => operand.set(x.extract(value, 64, 0), claim) };

export const mmxConvert: readonly Op[] = [
  converting('cvtpi2ps', 'cvtdq2ps', 'NP 0F 2A /r | Vq, Qq'),
  converting('cvtpi2pd', 'cvtdq2pd', '66 0F 2A /r | Vdq, Qq'),
  converting('cvttps2pi', 'cvttps2dq', 'NP 0F 2C /r | Pq, Wq'),
  converting('cvttpd2pi', 'cvttpd2dq', '66 0F 2C /r | Pq, Wdq'),
  converting('cvtps2pi', 'cvtps2dq', 'NP 0F 2D /r | Pq, Wq'),
  converting('cvtpd2pi', 'cvtpd2dq', '66 0F 2D /r | Pq, Wdq'),
];
