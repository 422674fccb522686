/** A further process in a running machine, by its agent. */
import type { Order, Remote } from '../agent/index.ts';
import { type ExecRequest, Refusal, type Running } from '../environment/index.ts';
import { usualPath } from '../jail/start/bundle.ts';
import { begin, converse } from './agent.ts';
import { lastWords } from './last-words.ts';
import type { GuestMachine } from './machine.ts';
import { carry, sizeHere } from './streams.ts';

/** Throws `phase`, `agent-absent`, `command-not-found`, `command-not-executable`, `unknown-user`, `unknown-directory` or `exec-refused`. */
export const exec = async (machine: GuestMachine, request: ExecRequest, { tool = false, own = false } = {}): Promise<Running> => {
  const conversation = await converse(machine);
  const leave = (): void => conversation[Symbol.dispose]();
  try {
    const remote = await begin(machine, conversation.session, { ...orderOf(machine, request), tool, own });
    const running = await carry(explained(machine, request, remote), request.io, leave);
    return tool || own ? running : { ...running, signal: endingAll(machine, remote, running) };
  } catch (error) {
    leave();
    throw error;
  }
};

/** Starts the command that the machine is for; it goes on when isola ends, and the machine ends with it. */
export const startMain = async (machine: GuestMachine): Promise<void> => {
  const { spec } = machine.definition;
  using conversation = await converse(machine);
  const request: ExecRequest = { command: spec.command, env: {}, workdir: undefined, user: undefined, io: { kind: 'pipes' } };
  const order = { ...orderOf(machine, request), main: true, terminal: spec.terminal ? usualSize : undefined };
  await begin(machine, conversation.session, order);
};

/** Of a terminal nobody looks at yet. */
const usualSize = { columns: 80, rows: 24 } as const;

/** SIGKILL after another signal ends what a command that has ended left behind: all that is in the group it led. */
const endingAll = (machine: GuestMachine, remote: Remote, running: Running): Running['signal'] => {
  let [isOver, wasAsked] = [false, false];
  const over = (): void => {
    isOver = true;
  };
  remote.exit.then(over, over);
  return (name) => {
    if (isOver && wasAsked && name === 'SIGKILL') {
      const command = ['sh', '-c', 'kill -KILL -- "-$0"', String(remote.pid)];
      const request: ExecRequest = { command, env: {}, workdir: '/', user: '0', io: { kind: 'pipes' } };
      exec(machine, request, { tool: true })
        .then(({ exit }) => exit)
        .catch(() => {});
    }
    wasAsked = true;
    running.signal(name);
  };
};

/** A machine that ends takes its commands along: whoever waits for one is told so. */
const explained = (machine: GuestMachine, { command }: ExecRequest, remote: Remote): Remote => {
  const refusal = (cause: unknown): Refusal => {
    const why = lastWords(machine) ?? (cause instanceof Error ? cause.message : String(cause));
    return new Refusal('ended-meanwhile', [machine.definition.name, command[0] ?? '', why], { cause });
  };
  const stream = async function* (from: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* from;
    } catch (cause) {
      throw refusal(cause);
    }
  };
  const exit = remote.exit.catch((cause) => {
    throw refusal(cause);
  });
  // Whoever never asks how it ended must not be told by a crash.
  exit.catch(() => {});
  return { ...remote, stdout: stream(remote.stdout), stderr: stream(remote.stderr), exit };
};

const orderOf = ({ definition, kind }: GuestMachine, { command, env, workdir, user, io }: ExecRequest): Order => {
  const { spec } = definition;
  const terminal = io.kind === 'inherit' && io.terminal;
  return {
    command,
    env: { PATH: usualPath, ...(terminal && { TERM: process.env['TERM'] ?? 'xterm' }), container: kind, ...spec.env, ...env },
    workdir: workdir ?? spec.workdir,
    user: user ?? (spec.work === 'command' ? spec.user : '0'),
    terminal: terminal ? sizeHere() : undefined,
    tool: false,
  };
};
