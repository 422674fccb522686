/**
 * The interpreter's core: one function of the handlers that code of 64 bits is mostly made of, which go on to each other within it. A call through
 * the table costs 15 cycles however little is done, for V8 finds the callee's instance through the table, its memory through the instance, and the next
 * handler's number in memory; within the core it is one jump. What is seldom is left to whole handlers of the table; the host
 * is called from here for floating point out of the ordinary, MMX and segment registers alone.
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

const usual = new Set(
  [
    ...['mov movzx movsx movsxd lea xchg push pop leave cdq cqo cdqe cwde', 'add or adc sbb and sub xor cmp test inc dec not neg imul'],
    ...['shl shr sar rol ror bt', 'jmp call ret nop'],
    ...[
      'movss movsd movaps movups movapd movupd movdqa movdqu movd movq pxor xorps',
      'addss addsd subss subsd mulss mulsd cvtsi2sd ucomisd comisd',
    ],
  ].flatMap((names) => names.split(' ')),
);

/** A row that spans as many opcodes is Jcc, SETcc or CMOVcc. */
const conditions = 16;

/** Whether its handler has its place in the core. */
export const isUsual = (form: Form, { size, condition, repetition }: Choice, { isLong, address, addressing }: Circumstance): boolean => {
  if (!isLong || address !== 64 || addressing !== 'flat' || size === 16 || repetition !== undefined || form.vex !== undefined) return false;
  const { name } = form.op;
  return form.span === conditions || usual.has(typeof name === 'string' ? name : name(form, size, condition, address));
};

/** Goes on with whatever handler a record names: here, or through the table. */
export const coreOf = (cases: readonly CoreCase[]): Stage => {
  const stage = new Stage(['i32']);
  const flow = new Flow(stage);
  const byPlace = new Map(cases.map((one) => [one.place, one.stage]));
  stage.dispatch(
    () => flow.handler(),
    Array.from({ length: Math.max(...byPlace.keys()) + 1 }, (_, place) => byPlace.get(place) ?? elsewhere()),
    () => flow.enter(),
  );
  return stage;
};

const elsewhere = (): Stage => {
  const stage = new Stage(['i32']);
  new Flow(stage).enter();
  return stage;
};
