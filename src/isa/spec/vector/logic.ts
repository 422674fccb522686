/** Logic of whole vectors, whatever is in their lanes. */
import { type Op, op } from '../op.ts';
import { combining, type Make, page, plainly } from './rows.ts';

const and = plainly('v128.and');
/** The first is inverted; WebAssembly inverts its second. */
const andn: Make = (x, a, b) => x.lanes('v128.andnot', b, a);
const or = plainly('v128.or');
const xor = plainly('v128.xor');

const rowsOf = (prefix: string, opcode: string): readonly string[] => [`${prefix} 0F ${opcode} /r | Vx, Wx`];

/** ZF where they share no bit, CF where the first has all of the second's. */
export const ptest = op({
  name: 'ptest',
  sdm: page('PTEST'),
  rows: ['66 0F38 17 /r | Vx, Wx'],
  run(x, first, second) {
    const b = second.get();
    const a = first.get();
    const zero = () => x.known(1, 0);
    x.flags({
      ...{ o: zero, s: zero, a: zero, p: zero },
      z: () => x.eqz(x.lanes('v128.any_true', x.lanes('v128.and', a, b))),
      c: () => x.eqz(x.lanes('v128.any_true', x.lanes('v128.andnot', b, a))),
    });
  },
});

export const logic: readonly Op[] = [
  combining('andps', rowsOf('NP', '54'), and),
  combining('andpd', rowsOf('66', '54'), and),
  combining('andnps', rowsOf('NP', '55'), andn),
  combining('andnpd', rowsOf('66', '55'), andn),
  combining('orps', rowsOf('NP', '56'), or),
  combining('orpd', rowsOf('66', '56'), or),
  combining('xorps', rowsOf('NP', '57'), xor),
  combining('xorpd', rowsOf('66', '57'), xor),
  combining('pand', rowsOf('66', 'DB'), and),
  combining('pandn', rowsOf('66', 'DF'), andn),
  combining('por', rowsOf('66', 'EB'), or),
  combining('pxor', rowsOf('66', 'EF'), xor),
  ptest,
];
