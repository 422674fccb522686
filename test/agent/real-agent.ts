/** A real agent on this host behind a real relay, as a guest's is, and clients of it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentSession, type Order } from '../../src/agent/index.ts';
import { buildAgent, buildRelay } from '../../tools/build-guest.ts';

export interface Client extends Disposable {
  readonly session: AgentSession;
  readonly socket: Socket;
}

export interface RealAgent extends AsyncDisposable {
  /** Of a first client. */
  readonly session: AgentSession;
  readonly socket: Socket;
  /** The relay; the agent is its child. */
  readonly relay: ChildProcess;
  readonly path: string;
  connect(): Promise<Client>;
}

/** Waits for whoever will listen at the path. */
export const connectTo = async (path: string): Promise<Client> => {
  for (let patience = 6000; ; patience--) {
    const socket = createConnection(path);
    try {
      await once(socket, 'connect');
      socket.on('error', () => {});
      const session = new AgentSession({ input: socket, write: (bytes) => void socket.write(bytes) });
      return { session, socket, [Symbol.dispose]: () => void socket.destroy() };
    } catch (error) {
      if (patience === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
};

/** Whatever stands behind a relay: `line` is the program and its arguments, the guest's end of the link is its descriptor 3. */
export const behindRelay = async (
  line: readonly string[],
  { relay = buildRelay(), options = [] as readonly string[], env = process.env, output = 'inherit' as 'inherit' | 'pipe' } = {},
): Promise<RealAgent> => {
  const folder = mkdtempSync(join(tmpdir(), 'isola-relay-'));
  const path = join(folder, 'agent');
  const child = spawn(relay, [...options, path, ...line], { stdio: ['ignore', output, output], env });
  const first = await connectTo(path);
  return {
    ...first,
    relay: child,
    path,
    connect: () => connectTo(path),
    [Symbol.asyncDispose]: async () => {
      const gone = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
      first.socket.destroy();
      child.kill('SIGKILL');
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** `options`: the agent's own, e.g. `--tool`. */
export const realAgent = (...options: readonly string[]): Promise<RealAgent> => behindRelay([buildAgent(), '3', '--root', '/', ...options]);

export const order = (command: readonly string[], more: Partial<Order> = {}): Order => ({
  command,
  env: {},
  workdir: '/',
  user: '0',
  terminal: undefined,
  tool: false,
  ...more,
});

export const text = async (stream: AsyncIterable<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};
