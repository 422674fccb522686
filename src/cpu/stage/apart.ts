/** Finds the instruction with which two processors come to be otherwise. */
import { type Before, type Lockstep, memoryOf } from './lockstep.ts';

/** Instructions that are told before the one. */
const told = 24;
/** Of a block, at most: Record.left has 8 bits, and a block 64. */
const longestBlock = 64;
const longestInstruction = 15n;

/** From the state before: after how many instructions they differ at first, which those before were and did, and what is otherwise. */
export const explain = (lockstep: Lockstep, before: Before, budget: number, difference: string): string => {
  let first = difference;
  const differs = (count: number): boolean => {
    lockstep.goBack(before);
    const found = lockstep.differenceAfter(count);
    first = found ?? first;
    return found !== undefined;
  };
  if (!differs(budget))
    return `${difference}\nFrom the same state again, they ran alike: it depends on what ran before.\n${traceOf(lockstep, before, budget)}`;
  let [same, other] = [0, budget];
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2);
    if (differs(middle)) other = middle;
    else same = middle;
  }
  const one = narrowed(lockstep, before, other);
  const where =
    one === undefined
      ? `within the block that ends after ${other} instructions, and only in such a block`
      : `with instruction ${one}, where its block ends with it`;
  return `${first}\nThey differ so at first after ${other} instructions, ${where}.\n${traceOf(lockstep, before, other)}`;
};

/** A translation is right as long as its blocks are cut, for what is cut is interpreted: so blocks are made to end behind each instruction in turn. */
const narrowed = (lockstep: Lockstep, before: Before, most: number): number | undefined => {
  const from = straightFrom(lockstep, before, most);
  lockstep.goBack(before);
  if (from > 0) lockstep.interpreting.processor.run(from);
  const near: Before = { state: lockstep.interpreting.processor.save(), memory: memoryOf(lockstep.interpreting.ram).slice() };
  // One that translates what it meets at once: blocks are cut anew each time.
  const eager = lockstep.eager();
  const { interpreting, translating } = eager;
  eager.set(near.state, near.memory);
  for (let count = 1; count <= most - from; count++) {
    eager.goBack(near);
    interpreting.processor.run(count);
    const address = eager.linear;
    eager.goBack(near);
    translating.processor.stops = [{ on: 'execute', address }];
    // What pages are is found out by the interpreter, which a translation leaves to: the second time it is known.
    eager.rehearse(near, count);
    // One that came by there before has stopped too early.
    const isOther = eager.differenceAfter(count) !== undefined && eager.isThrough;
    translating.processor.stops = [];
    if (isOther) return from + count;
  }
  return undefined;
};

/** How many instructions come before those that stand one behind the other up to this one. */
const straightFrom = (lockstep: Lockstep, before: Before, most: number): number => {
  const { processor } = lockstep.interpreting;
  lockstep.goBack(before);
  let from = Math.max(0, most - longestBlock);
  if (from > 0) processor.run(from);
  let last = lockstep.linear;
  for (let count = from + 1; count < most; count++) {
    processor.run(1);
    if (lockstep.linear <= last || lockstep.linear > last + longestInstruction) from = count;
    last = lockstep.linear;
  }
  return from;
};

const traceOf = (lockstep: Lockstep, before: Before, count: number): string => {
  const { steps, interpreting } = lockstep;
  lockstep.goBack(before);
  if (count > told) interpreting.processor.run(count - told);
  steps.lines.length = 0;
  steps.seesEach = true;
  interpreting.processor.run(Math.min(count, told));
  steps.settle();
  steps.seesEach = false;
  return `Interpreted:\n${steps.lines.join('\n')}`;
};
