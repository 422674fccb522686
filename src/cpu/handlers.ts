/** The interpreter as one processor has it: an instance of its own, which translations are added to. */
import { exactFloat, engine as webAssembly, x87Of } from '../isa/index.ts';
import type { CodePath } from './code/code-path.ts';
import type { Counter } from './counts.ts';
import type { Engine } from './engine.ts';
import type { Home } from './memory/home.ts';
import type { Ram } from './memory/ram.ts';
import type { Services } from './services.ts';

/** Delivers an interrupt or exception where that is usual; whether it has: isa's derive/interpret/deliver.ts. */
export type Deliver = (vector: number, code: number, hasCode: number, isFault: number) => number;

export interface Handlers {
  /** Runs code from a record on, until handlers give control back: an `Exit`. */
  enter(record: number): number;
  readonly deliver: Deliver;
}

export const handlersOf = (
  { moduleAt, translating }: Engine,
  ram: Ram,
  { begin, state }: Home,
  code: CodePath,
  service: Services['serve'],
  counter: Counter | undefined,
): Handlers => {
  const shared = { memory: ram.memory, float: exactFloat(state) };
  const { functions, pieces } = code.memory;
  const asked = { ...functions, ...pieces.functions, x87: x87Of(ram.view, begin) };
  const own = counter === undefined ? { service, ...asked } : { service: counter.service(service), ...counter.of(asked) };
  const interpreter = new webAssembly.Instance(moduleAt(begin), { host: { ...shared, ...own } });
  if (translating !== undefined) code.translate({ translating, interpreter, imports: { ...shared, x87: own.x87 } });
  const { run, deliver } = interpreter.exports as { run: (record: number) => number; deliver: Deliver }; // What it is built with.
  return { enter: counter?.run(run) ?? run, deliver: counter?.delivering(deliver) ?? deliver };
};
