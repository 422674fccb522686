/** Talk with a machine's agent, through the relay that is its jail's first process. */
import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { AgentSession, type Order, type Remote, StartRefused } from '../agent/index.ts';
import { type Call, Refusal, whenAborted } from '../environment/index.ts';
import { until } from '../host/program/processes.ts';
import { signalNumber } from '../host/program/signals.ts';
import { lastWords } from './last-words.ts';
import type { GuestMachine } from './machine.ts';

export interface Conversation extends Disposable {
  readonly session: AgentSession;
}

/** Throws `phase` where it doesn't run. Whoever waits for an answer is told when the machine ends. */
export const converse = async (machine: GuestMachine): Promise<Conversation> => {
  const { name } = machine.definition;
  if (machine.pid === null) throw new Refusal('phase', [name, 'stopped', 'entered', `isola start ${name} first`]);
  if (machine.group.isFrozen()) throw new Refusal('phase', [name, 'paused', 'entered', `isola resume ${name} first`]);
  const socket = await connected(machine);
  socket.on('error', () => {});
  const session = new AgentSession({ input: socket, write: (bytes) => void (socket.destroyed || socket.write(bytes)) });
  return { session, [Symbol.dispose]: () => void socket.destroy() };
};

const connected = (machine: GuestMachine): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(machine.relay);
    socket.once('connect', () => resolve(socket));
    socket.once('error', (cause) => {
      const { name } = machine.definition;
      reject(new Refusal('agent-absent', [name, 'nobody listens there any more'], { cause }));
    });
  });

/** Waits until its agent has greeted, which it does once the root is in place. Throws `start-refused` with the cause where it ends before. */
export const awaitAgent = async (machine: GuestMachine, { signal }: Call): Promise<void> => {
  const { name } = machine.definition;
  const refuse = (cause: unknown): Refusal =>
    new Refusal('start-refused', [name, lastWords(machine) ?? (cause instanceof Error ? cause.message : 'its kernel ended at once')], {
      cause,
    });
  await until(() => existsSync(machine.relay) || machine.pid === null || signal.aborted, Number.POSITIVE_INFINITY, 2);
  signal.throwIfAborted();
  if (machine.pid === null) throw refuse(undefined);
  using conversation = await converse(machine);
  using _given = whenAborted(signal, () => conversation.session.end(signal.reason));
  try {
    await conversation.session.ready;
  } catch (error) {
    signal.throwIfAborted();
    throw refuse(error);
  }
};

/** Starts a command inside. Throws what exec(2) and its like would refuse, as a refusal. */
export const begin = async (machine: GuestMachine, session: AgentSession, order: Order): Promise<Remote> => {
  const { name } = machine.definition;
  try {
    return await session.start(order);
  } catch (error) {
    if (error instanceof StartRefused) throw refusalOf(error, order, name);
    if (error instanceof RangeError) throw new Refusal('exec-refused', [order.command.join(' ').slice(0, 60), name, error.message]);
    throw new Refusal('agent-absent', [name, error instanceof Error ? error.message : String(error)], { cause: error });
  }
};

const [noEntry, noAccess, notExecutable] = [2, 13, 8];

const refusalOf = (error: StartRefused, { command, user, workdir }: Order, name: string): Refusal => {
  const { stage, errno } = error;
  const [program = ''] = command;
  const options = { cause: error };
  if (stage === 'user') return new Refusal('unknown-user', [user, name], options);
  if (stage === 'directory') return new Refusal('unknown-directory', [workdir, name], options);
  if (stage === 'command' && errno === noEntry) return new Refusal('command-not-found', [program, name], options);
  if (stage === 'command' && errno === noAccess)
    return new Refusal('command-not-executable', [program, name, 'it has no execute permission'], options);
  if (stage === 'command' && errno === notExecutable)
    return new Refusal('command-not-executable', [program, name, 'it is neither a program nor a script that begins with #!'], options);
  return new Refusal('exec-refused', [command.join(' '), name, error.message], options);
};

/** Asks it to power off. Returns whether anybody heard. */
export const askToEnd = async (machine: GuestMachine): Promise<boolean> => {
  try {
    using conversation = await converse(machine);
    const { session } = conversation;
    const { work, stopSignal } = machine.definition.spec;
    if (work === 'command' && (await session.signalMain(signalNumber(stopSignal)))) return true;
    await session.shutDown('kindly');
    return true;
  } catch {
    // Its agent is gone: nobody inside can be asked.
    return false;
  }
};

/** What is written but not on the host yet, goes there: sync(2). */
export const writeBack = async (machine: GuestMachine): Promise<void> => {
  using conversation = await converse(machine);
  const sync = await begin(machine, conversation.session, {
    command: ['sync'],
    env: {},
    workdir: '/',
    user: '0',
    terminal: undefined,
    tool: true,
  });
  await sync.exit;
};

/** The same where nobody can wait for a guest that may be out of order. */
export const writeBackSoon = (machine: GuestMachine): Promise<void> =>
  Promise.race([writeBack(machine).catch(() => {}), new Promise<void>((resolve) => setTimeout(resolve, writeBackMs).unref())]);

const writeBackMs = 2000;
