/** Commands that hand isola's own streams to a program inside, and end as it does: run, exec, shell. */
import type { Input } from '../../../environment/command/index.ts';
import { type Call, type Io, Refusal, type Running, type Supervisor, whenAborted } from '../../../environment/index.ts';
import type { Outside } from '../telling/outside.ts';
import { Teller } from '../telling/teller.ts';
import type { Carrier, Errand } from './errand.ts';

export const carryProgram: Carrier = async (errand) => {
  const { input, globals, outside, interrupts } = errand;
  const io = ioOf(input, outside);
  using supervisor = await errand.open();
  await using teller = new Teller(outside, globals);
  const running = await begin(errand, supervisor, io, teller.callWith(interrupts));
  await teller.end();
  // On a terminal Ctrl-C is a key like others and never becomes a signal here.
  if (!io.terminal) interrupts.forwardOnce((name) => running.signal(name));
  using _ending = endWhenAborted(running, interrupts.signal);
  const { code } = await running.exit;
  interrupts.signal.throwIfAborted();
  return code;
};

/** How long a program that was asked to end may take before it is killed, in ms. */
const graceMs = 2000;

const endWhenAborted = (running: Running, signal: AbortSignal): Disposable => {
  let timer: NodeJS.Timeout | undefined;
  const ending = whenAborted(signal, () => {
    running.signal('SIGTERM');
    timer = setTimeout(() => running.signal('SIGKILL'), graceMs);
  });
  return {
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      ending[Symbol.dispose]();
    },
  };
};

interface Inherit extends Extract<Io, { kind: 'inherit' }> {}

const ioOf = (input: Errand['input'], outside: Outside): Inherit => {
  const { tty, stdin = true } = input as { readonly tty?: boolean; readonly stdin?: boolean };
  const typed = stdin && outside.isTerminal(0);
  // The size and the modes of the terminal inside are those of the one outside.
  if (tty && !typed) throw new Refusal('usage', ['--tty wants a terminal at standard input, and there is none', 'leave it away']);
  return { kind: 'inherit', stdin, terminal: tty ?? (typed && outside.isTerminal(1)) };
};

const begin = ({ name, input }: Errand, supervisor: Supervisor, io: Io, call: Call): Promise<Running> => {
  switch (name) {
    case 'run':
      return supervisor.run(input as Input<'run'>, io, call);
    case 'exec':
      return supervisor.exec(input as Input<'exec'>, io, call);
    case 'shell':
      return supervisor.shell(input as Input<'shell'>, io, call);
    default:
      throw new Error(`isola ${name} starts no program`);
  }
};
