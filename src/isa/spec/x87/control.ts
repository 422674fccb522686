/** Control of the x87 unit, and images of its state. */
import { State } from '../../runtime/state.ts';
import { type Op, op } from '../op.ts';
import type { X } from '../vocabulary.ts';
import { begin, isReal, type Manner, perform, performAt, storeWord, unwaiting, usual, waiting } from './begin.ts';

const plain = (name: string, row: string, manner: Manner, operation = name): Op =>
  op({
    ...{ name, sdm: `Vol. 2A, ${pages[name] ?? name.toUpperCase()}`, rows: [row] },
    run: (x, operand) => perform(x, operation, manner, operand?.get()),
  });

const pages: Readonly<Record<string, string>> = {
  ...{ fnclex: 'FCLEX/FNCLEX', fninit: 'FINIT/FNINIT', fneni: 'FNOP', fndisi: 'FNOP', fnsetpm: 'FNOP', ffreep: 'FFREE' },
};

const storing = (name: string, sdm: string, encoding: string, part: number): Op =>
  op({
    ...{ name, sdm: `Vol. 2A, ${sdm}`, rows: [`${encoding} | Mw`] },
    run: (x) => storeWord(x, unwaiting, () => x.state(part, 16)),
  });

/** Seven words, and for FSAVE eight registers. How they are arranged depends on the mode. */
const image = (name: string, sdm: string, encoding: string, manner: Manner, registers: 0 | 80, access: 'read' | 'write'): Op =>
  op({
    ...{ name, sdm: `Vol. 2A, ${sdm}`, rows: [`${encoding} | M | z`] },
    unlikeBytes: (size) => [size === 16 ? [6, 8] : [12, 16]],
    run(x) {
      const step = x.size === 16 ? 2 : 4;
      performImage(x, `${name} ${8 * step}`, { manner, bytes: 7 * step + registers, access });
    },
  });

interface Image {
  readonly manner: Manner;
  readonly bytes: number;
  readonly access: 'read' | 'write';
}

const performImage = (x: X, operation: string, how: Image): void => {
  if (x.isLong) performAt(x, operation, how);
  else
    x.when(
      isReal(x),
      () => performAt(x, `${operation} real`, how),
      () => performAt(x, operation, how),
    );
};

/** FXSAVE and FXRSTOR: as many vectors as the mode has, and addresses as wide as REX.W says. They wait for nothing. */
const whole = (name: string, digit: number, access: 'read' | 'write', w: 'w0' | 'w1'): Op =>
  op({
    ...{
      name: w === 'w0' ? name : `${name}64`,
      sdm: `Vol. 2A, ${name.toUpperCase()}`,
      rows: [`NP 0F AE /${digit} | M | ${w === 'w0' ? w : 'w1 o64'}`],
    },
    unlikeBytes: () => [
      [6, 18],
      [28, 4],
      [416, 96],
    ],
    run(x) {
      // Vectors are in it.
      if (x.binding.elsewhere()) return;
      const operation = `${name}${w === 'w0' ? '' : '64'} ${x.isLong ? 16 : 8}`;
      const isRefused = performAt(x, operation, { manner: unwaiting, bytes: 512, access, alignment: 16 });
      if (access === 'read') x.require(x.eqz(isRefused), 'gp');
    },
  });

export const x87Control: readonly Op[] = [
  op({
    ...{ name: 'fldcw', sdm: 'Vol. 2A, FLDCW', rows: ['D9 /5 | Mw'] },
    run: (x) => performAt(x, 'fldcw', { manner: waiting, bytes: 2, access: 'read' }),
  }),
  storing('fnstcw', 'FSTCW/FNSTCW', 'D9 /7', State.x87Control),
  storing('fnstsw', 'FSTSW/FNSTSW', 'DD /7', State.x87Status),
  op({
    ...{ name: 'fnstsw', sdm: 'Vol. 2A, FSTSW/FNSTSW', rows: ['DF E0 | AX'] },
    run(x, destination) {
      begin(x, unwaiting);
      destination.set(x.state(State.x87Status, 16));
    },
  }),
  image('fldenv', 'FLDENV', 'D9 /4', waiting, 0, 'read'),
  image('fnstenv', 'FSTENV/FNSTENV', 'D9 /6', unwaiting, 0, 'write'),
  image('frstor', 'FRSTOR', 'DD /4', waiting, 80, 'read'),
  image('fnsave', 'FSAVE/FNSAVE', 'DD /6', unwaiting, 80, 'write'),
  plain('fnop', 'D9 D0', usual),
  plain('fdecstp', 'D9 F6', usual),
  plain('fincstp', 'D9 F7', usual),
  plain('ffree', 'DD C0+i | STi', usual),
  // Known to processors, not to the manual.
  plain('ffreep', 'DF C0+i | STi', usual),
  plain('fnclex', 'DB E2', unwaiting),
  plain('fninit', 'DB E3', unwaiting),
  // Instructions of coprocessors before: nothing happens.
  plain('fneni', 'DB E0', unwaiting, 'fnop'),
  plain('fndisi', 'DB E1', unwaiting, 'fnop'),
  plain('fnsetpm', 'DB E4', unwaiting, 'fnop'),
  ...(['w0', 'w1'] as const).flatMap((w) => [whole('fxsave', 0, 'write', w), whole('fxrstor', 1, 'read', w)]),
];
