/** x87 sums, products, quotients, roots and remainders, and comparisons. */
import { X87Status } from '../../runtime/state.ts';
import { type FlagName, type Op, op } from '../op.ts';
import { perform, performAt, usual } from './begin.ts';

/** Memory formats by the opcodes that have them: their code in rows, and what runtime/x87.ts calls them. */
const memories = [
  ['D8', 'Md', 'm32', 4],
  ['DC', 'Mq', 'm64', 8],
] as const;
const integers = [
  ['DA', 'Md', 'i32', 4],
  ['DE', 'Mw', 'i16', 2],
] as const;

const hex = (byte: number): string => byte.toString(16).toUpperCase();

/** Where the manual has an instruction that isn't on a page of its own name. */
const page = (name: string): string => `Vol. 2A, ${name}`;

const ofMemory = (name: string, sdm: string, digit: number, operation: string): readonly Op[] =>
  [...memories.map((one) => [name, ...one] as const), ...integers.map((one) => [`fi${name.slice(1)}`, ...one] as const)].map(
    ([mnemonic, opcode, code, kind, bytes]) =>
      op({
        ...{ name: mnemonic, sdm, rows: [`${opcode} /${digit} | ${code}`] },
        run: (x) => performAt(x, `${operation} ${kind}`, { manner: usual, bytes, access: 'read' }),
      }),
  );

/** Of ST(0), of ST(i), and of ST(i) with ST(0) taken off. The latter two have FSUB and FSUBR, FDIV and FDIVR in each other's place. */
const ofRegisters = (name: string, sdm: string, digit: number): readonly Op[] => {
  const byte = 0xc0 + 8 * digit;
  const turned = digit < 4 ? byte : byte ^ 8;
  return [
    op({
      ...{ name, sdm, rows: [`D8 ${hex(byte)}+i | ST, STi`] },
      run: (x, _first, second) => perform(x, `${name} st`, usual, second.get()),
    }),
    op({ ...{ name, sdm, rows: [`DC ${hex(turned)}+i | STi, ST`] }, run: (x, first) => perform(x, `${name} to`, usual, first.get()) }),
    op({
      ...{ name: `${name}p`, sdm, rows: [`DE ${hex(turned)}+i | STi, ST`] },
      run: (x, first) => perform(x, `${name} pop`, usual, first.get()),
    }),
  ];
};

const calculating = (name: string, sdm: string, digit: number): readonly Op[] => [
  ...ofRegisters(name, page(sdm), digit),
  ...ofMemory(name, page(sdm), digit, name),
];

/** What has no operand but ST(0), and at times ST(1). */
const alone = (name: string, second: string, sdm: string, relativeError?: number): Op =>
  op({
    ...{ name, sdm: page(sdm), rows: [`D9 ${second}`], ...(relativeError !== undefined && { relativeError }) },
    run: (x) => perform(x, name, usual),
  });

export const x87Arithmetic: readonly Op[] = [
  ...calculating('fadd', 'FADD/FADDP/FIADD', 0),
  ...calculating('fmul', 'FMUL/FMULP/FIMUL', 1),
  ...calculating('fsub', 'FSUB/FSUBP/FISUB', 4),
  ...calculating('fsubr', 'FSUBR/FSUBRP/FISUBR', 5),
  ...calculating('fdiv', 'FDIV/FDIVP/FIDIV', 6),
  ...calculating('fdivr', 'FDIVR/FDIVRP/FIDIVR', 7),
  alone('fxtract', 'F4', 'FXTRACT'),
  alone('fprem1', 'F5', 'FPREM1'),
  alone('fprem', 'F8', 'FPREM'),
  alone('fsqrt', 'FA', 'FSQRT'),
  alone('frndint', 'FC', 'FRNDINT'),
  alone('fscale', 'FD', 'FSCALE'),
];

const comparing = (name: string, sdm: string, row: string): Op =>
  op({ ...{ name, sdm: page(sdm), rows: [row] }, run: (x, other) => perform(x, `${name} st`, usual, other.get()) });

/** To EFLAGS: ZF, PF and CF say how they are, the others are clear. */
const ordering = (name: string, row: string): Op =>
  op({
    ...{ name, sdm: page('FCOMI/FCOMIP/FUCOMI/FUCOMIP'), rows: [row], unlikeStatus: X87Status.c1 },
    run(x, _first, second) {
      const relation = perform(x, name, usual, second.get());
      const any = (mask: number) => () => x.nez(x.and(relation, x.known(32, mask)));
      const clear = () => x.known(1, 0);
      const update: Record<FlagName, () => ReturnType<typeof clear>> = {
        ...{ o: clear, s: clear, a: clear },
        ...{ z: any(2 | 8), p: any(8), c: any(1 | 8) },
      };
      x.flags(update);
    },
  });

export const x87Compare: readonly Op[] = [
  comparing('fcom', 'FCOM/FCOMP/FCOMPP', 'D8 D0+i | STi'),
  comparing('fcomp', 'FCOM/FCOMP/FCOMPP', 'D8 D8+i | STi'),
  ...ofMemory('fcom', page('FCOM/FCOMP/FCOMPP'), 2, 'fcom'),
  ...ofMemory('fcomp', page('FCOM/FCOMP/FCOMPP'), 3, 'fcomp'),
  comparing('fucom', 'FUCOM/FUCOMP/FUCOMPP', 'DD E0+i | STi'),
  comparing('fucomp', 'FUCOM/FUCOMP/FUCOMPP', 'DD E8+i | STi'),
  op({ name: 'fucompp', sdm: page('FUCOM/FUCOMP/FUCOMPP'), rows: ['DA E9'], run: (x) => perform(x, 'fucompp', usual, x.known(32, 1)) }),
  op({ name: 'fcompp', sdm: page('FCOM/FCOMP/FCOMPP'), rows: ['DE D9'], run: (x) => perform(x, 'fcompp', usual, x.known(32, 1)) }),
  ordering('fucomi', 'DB E8+i | ST, STi'),
  ordering('fcomi', 'DB F0+i | ST, STi'),
  ordering('fucomip', 'DF E8+i | ST, STi'),
  ordering('fcomip', 'DF F0+i | ST, STi'),
  alone('ftst', 'E4', 'FTST'),
  alone('fxam', 'E5', 'FXAM'),
];
