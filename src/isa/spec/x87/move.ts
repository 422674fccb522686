/** x87 loads and stores, constants, and moves between registers. */
import { type Op, op } from '../op.ts';
import { perform, performAt, usual } from './begin.ts';

/** What runtime/x87.ts calls a memory format, its code in rows and its bytes. */
const formats = {
  m32: ['Md', 4],
  m64: ['Mq', 8],
  m80: ['Mt', 10],
  i16: ['Mw', 2],
  i32: ['Md', 4],
  i64: ['Mq', 8],
} as const;
type FormatName = keyof typeof formats;

const between = (name: string, sdm: string, encoding: string, format: FormatName, access: 'read' | 'write'): Op => {
  const [code, bytes] = formats[format];
  return op({
    ...{ name, sdm: `Vol. 2A, ${sdm}`, rows: [`${encoding} | ${code}`] },
    run: (x) => performAt(x, `${name} ${format}`, { manner: usual, bytes, access }),
  });
};

const loading = (name: string, sdm: string, ...encodings: readonly (readonly [string, FormatName])[]): readonly Op[] =>
  encodings.map(([encoding, format]) => between(name, sdm, encoding, format, 'read'));

const storing = (name: string, sdm: string, ...encodings: readonly (readonly [string, FormatName])[]): readonly Op[] =>
  encodings.map(([encoding, format]) => between(name, sdm, encoding, format, 'write'));

/** Decimals have one format, and no letter in the manual that would tell how long it is. */
const decimal = (name: string, digit: number, access: 'read' | 'write'): Op =>
  op({
    ...{ name, sdm: `Vol. 2A, ${name.toUpperCase()}`, rows: [`DF /${digit} | Mt`] },
    run: (x) => performAt(x, name, { manner: usual, bytes: 10, access }),
  });

/** With ST(i); `name` in runtime/x87.ts where that is another one. */
const registers = (name: string, sdm: string, rows: readonly string[], operation: string): Op =>
  op({
    ...{ name, sdm: `Vol. 2A, ${sdm}`, rows },
    run: (x, ...operands) => perform(x, operation, usual, operands.at(-1)?.get()),
  });

const constants = ['fld1', 'fldl2t', 'fldl2e', 'fldpi', 'fldlg2', 'fldln2', 'fldz'];

/** Each with its opposite: SDM Vol. 2A, FCMOVcc. */
const conditions = [
  ['b', 'C0', 2],
  ['e', 'C8', 4],
  ['be', 'D0', 6],
  ['u', 'D8', 10],
] as const;

const moving = (name: string, row: string, condition: number): Op =>
  op({
    ...{ name, sdm: 'Vol. 2A, FCMOVcc', rows: [`${row} | ST, STi`] },
    run(x, _destination, source) {
      perform(x, 'fcmov', usual, source.get(), x.zext(x.holds(condition), 32));
    },
  });

export const x87Move: readonly Op[] = [
  ...loading('fld', 'FLD', ['D9 /0', 'm32'], ['DD /0', 'm64'], ['DB /5', 'm80']),
  registers('fld', 'FLD', ['D9 C0+i | STi'], 'fld st'),
  ...loading('fild', 'FILD', ['DF /0', 'i16'], ['DB /0', 'i32'], ['DF /5', 'i64']),
  ...storing('fst', 'FST/FSTP', ['D9 /2', 'm32'], ['DD /2', 'm64']),
  ...storing('fstp', 'FST/FSTP', ['D9 /3', 'm32'], ['DD /3', 'm64'], ['DB /7', 'm80']),
  registers('fst', 'FST/FSTP', ['DD D0+i | STi'], 'fst st'),
  registers('fstp', 'FST/FSTP', ['DD D8+i | STi'], 'fstp st'),
  // Names of the same that processors know and the manual doesn't.
  registers('fstp1', 'FST/FSTP', ['D9 D8+i | STi'], 'fstpnce'),
  registers('fstp8', 'FST/FSTP', ['DF D0+i | STi'], 'fstp st'),
  registers('fstp9', 'FST/FSTP', ['DF D8+i | STi'], 'fstp st'),
  ...storing('fist', 'FIST/FISTP', ['DF /2', 'i16'], ['DB /2', 'i32']),
  ...storing('fistp', 'FIST/FISTP', ['DF /3', 'i16'], ['DB /3', 'i32'], ['DF /7', 'i64']),
  ...storing('fisttp', 'FISTTP', ['DF /1', 'i16'], ['DB /1', 'i32'], ['DD /1', 'i64']),
  decimal('fbld', 4, 'read'),
  decimal('fbstp', 6, 'write'),
  registers('fxch', 'FXCH', ['D9 C8+i | STi'], 'fxch'),
  registers('fxch4', 'FXCH', ['DD C8+i | STi'], 'fxch'),
  registers('fxch7', 'FXCH', ['DF C8+i | STi'], 'fxch'),
  ...constants.map((name, at) =>
    op({
      ...{ name, sdm: 'Vol. 2A, FLD1/FLDL2T/FLDL2E/FLDPI/FLDLG2/FLDLN2/FLDZ', rows: [`D9 ${(0xe8 + at).toString(16).toUpperCase()}`] },
      run: (x) => perform(x, name, usual),
    }),
  ),
  ...conditions.flatMap(([letters, second, condition]) => [
    moving(`fcmov${letters}`, `DA ${second}+i`, condition),
    moving(`fcmovn${letters}`, `DB ${second}+i`, condition + 1),
  ]),
  op({ name: 'fchs', sdm: 'Vol. 2A, FCHS', rows: ['D9 E0'], run: (x) => perform(x, 'fchs', usual) }),
  op({ name: 'fabs', sdm: 'Vol. 2A, FABS', rows: ['D9 E1'], run: (x) => perform(x, 'fabs', usual) }),
];
