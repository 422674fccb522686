/** Code of operators of integers, by their names in the text format: one array for each, so that a value can be asked what it is made by. */
import { opcode } from './opcode.ts';
import type { Code, Ty } from './value.ts';

/** Of each type. Others than those of integers have none. */
type Operator = Readonly<Record<Ty, Code>>;

const none: Code = [];

const operator = (name: string): Operator => {
  const code = (ty: Ty): Code => [opcode[`${ty}.${name}` as keyof typeof opcode]];
  return { i32: code('i32'), i64: code('i64'), f32: none, f64: none, v128: none };
};

export const integer = {
  add: operator('add'),
  sub: operator('sub'),
  mul: operator('mul'),
  divS: operator('div_s'),
  divU: operator('div_u'),
  remS: operator('rem_s'),
  remU: operator('rem_u'),
  and: operator('and'),
  or: operator('or'),
  xor: operator('xor'),
  shl: operator('shl'),
  shrS: operator('shr_s'),
  shrU: operator('shr_u'),
  rotl: operator('rotl'),
  eqz: operator('eqz'),
  eq: operator('eq'),
  ne: operator('ne'),
  ltS: operator('lt_s'),
  ltU: operator('lt_u'),
  geS: operator('ge_s'),
  geU: operator('ge_u'),
  clz: operator('clz'),
  ctz: operator('ctz'),
  popcnt: operator('popcnt'),
} as const;

const { eq, ne, ltS, ltU, geS, geU } = integer;

/** What holds where a comparison of the same does not. */
export const oppositeOf: ReadonlyMap<Code, Code> = new Map(
  (['i32', 'i64'] as const).flatMap((ty) =>
    [
      [eq, ne],
      [ltS, geS],
      [ltU, geU],
    ].flatMap(([one, other]) => [[one?.[ty] ?? none, other?.[ty] ?? none] as const, [other?.[ty] ?? none, one?.[ty] ?? none] as const]),
  ),
);

/** From one width to another. */
export const conversion = {
  wrap: [opcode['i32.wrap_i64']],
  extendU: [opcode['i64.extend_i32_u']],
  extendS: [opcode['i64.extend_i32_s']],
  extend8: [opcode['i32.extend8_s']],
  extend16: [opcode['i32.extend16_s']],
  select: [opcode.select],
} as const satisfies Record<string, Code>;
