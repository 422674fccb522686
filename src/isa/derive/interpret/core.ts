/**
 * The interpreter's cores: one function of the handlers that code of 64 bits is mostly made of, and one of those of 32 bits, which go on to each other within it. A call through
 * the table costs 15 cycles however little is done, for V8 finds the callee's instance through the table, its memory through the instance, and the next
 * handler's number in memory; within a core it is one jump. What is seldom is left to whole handlers of the table; the host
 * is called from here for floating point out of the ordinary and MMX alone. There are two, since engines assign registers worse the larger a function is: one of all
 * took twice the time.
 */
import type { Form } from '../../spec/row.ts';
import { Stage } from '../../stage/index.ts';
import type { Choice, Circumstance } from './choice.ts';
import { Flow } from './flow.ts';

/** A handler, staged to be in the core, and its place in the table. */
export interface CoreCase {
  readonly place: number;
  readonly stage: Stage;
}

export type Core = 'long' | 'flat';

const words = (...names: readonly string[]): ReadonlySet<string> => new Set(names.flatMap((one) => one.split(' ')));

const integers = [
  'mov movzx movsx movsxd lea xchg push pop leave cdq cqo cdqe cwde',
  'add or adc sbb and sub xor cmp test inc dec not neg imul',
  'shl shr sar rol ror bt',
  'jmp call ret nop',
];

const usual: Readonly<Record<Core, ReadonlySet<string>>> = {
  long: words(
    ...integers,
    'movss movsd movaps movups movapd movupd movdqa movdqu movd movq pxor xorps',
    'addss addsd subss subsd mulss mulsd cvtsi2sd ucomisd comisd',
  ),
  flat: words(...integers),
};

/** A row that spans as many opcodes is Jcc, SETcc or CMOVcc. */
const conditions = 16;

/** Which core its handler has its place in. What moves segment, control and debug registers is seldom. */
export const coreFor = (
  form: Form,
  { size, condition, repetition }: Choice,
  { isLong, stack, address, addressing }: Circumstance,
): Core | undefined => {
  const core = isLong ? 'long' : 'flat';
  if (address !== (isLong ? 64 : 32) || stack !== address || addressing !== 'flat') return undefined;
  if (size === 16 || repetition !== undefined || form.vex !== undefined) return undefined;
  if (form.operands.some((code) => /^(Sw|[CD]y|[CDEFGS]S)$/.test(code))) return undefined;
  const { name } = form.op;
  const isUsual = form.span === conditions || usual[core].has(typeof name === 'string' ? name : name(form, size, condition, address));
  return isUsual ? core : undefined;
};

/** Goes on with whatever handler a record names: here, or through the table. */
export const coreOf = (cases: readonly CoreCase[]): Stage => {
  const stage = new Stage(['i32']);
  const flow = new Flow(stage);
  const byPlace = new Map(cases.map((one) => [one.place, one.stage]));
  stage.dispatch(
    () => flow.handler(),
    Array.from({ length: Math.max(...byPlace.keys()) + 1 }, (_, place) => byPlace.get(place)),
    () => flow.enter(),
  );
  return stage;
};
