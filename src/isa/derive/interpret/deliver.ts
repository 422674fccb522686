/** Exceptions and interrupts that the host finds, as far as handlers deliver them: spec/delivery.ts. */
import type { Known } from '../../spec/binding.ts';
import { deliverLong } from '../../spec/delivery.ts';
import type { Form } from '../../spec/row.ts';
import { X } from '../../spec/vocabulary.ts';
import { opcode, type StagedFunction, type Val } from '../../stage/index.ts';
import { InterpreterBinding } from './binding.ts';

/** (vector, its error code, 1 where it has one, 1 of a fault) → 1 where it is delivered, 0 where the host has to: then nothing has changed. */
export const deliver = (form: Form): StagedFunction => {
  const x = new X(['i32', 'i32', 'i32', 'i32']);
  // Of no instruction: only how wide numbers are counts.
  const known: Known = {
    ...{ form, size: 64, mode: 64, address: 64, stack: 64, isMemory: false, condition: 0 },
    ...{ early: undefined, repetition: undefined },
  };
  const [vector, code, hasCode, isFault] = [0, 1, 2, 3].map((index) => x.parameter(index, 32)) as [Val, Val, Val, Val]; // Four were asked for.
  const given = { vector, code, hasCode: x.nez(hasCode), isFault: x.nez(isFault) };
  const isDone = x.within(new InterpreterBinding(x, known, 'flat', new Map()), () => deliverLong(x, given));
  x.do([opcode.return], isDone);
  x.do([opcode.unreachable]);
  return { name: 'deliver', stage: x, results: ['i32'] };
};
