/** The interpreter as one processor has it: an instance of its own, which translations are added to. */
import { exactFloat, engine as webAssembly, x87Of } from '../isa/index.ts';
import type { CodePath } from './code/code-path.ts';
import type { Counter } from './counts.ts';
import type { Engine } from './engine.ts';
import type { Home } from './memory/home.ts';
import type { Ram } from './memory/ram.ts';
import type { Services } from './services.ts';

/** What runs code from a record on, until handlers give control back: an `Exit`. */
export const handlersOf = (
  { moduleAt, translating }: Engine,
  ram: Ram,
  { begin, state }: Home,
  code: CodePath,
  service: Services['serve'],
  counter: Counter | undefined,
): ((record: number) => number) => {
  const shared = { memory: ram.memory, float: exactFloat(state) };
  const { functions, pieces } = code.memory;
  const asked = { ...functions, ...pieces.functions, x87: x87Of(ram.view, begin) };
  const own = counter === undefined ? { service, ...asked } : { service: counter.service(service), ...counter.of(asked) };
  const interpreter = new webAssembly.Instance(moduleAt(begin), { host: { ...shared, ...own } });
  if (translating !== undefined) code.translate({ translating, interpreter, imports: { ...shared, x87: own.x87 } });
  const run = interpreter.exports['run'] as (record: number) => number; // What it is built with.
  return counter?.run(run) ?? run;
};
