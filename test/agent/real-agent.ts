/** A real agent on this host, over a pair of pipes, as a guest's would be over its line. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { AgentSession, type Line, type Order } from '../../src/agent/index.ts';
import { buildAgent } from '../../tools/build-agent.ts';

export interface RealAgent extends AsyncDisposable {
  readonly session: AgentSession;
  readonly process: ChildProcess;
  /** Writes bytes past the session. */
  write(bytes: Uint8Array | string): void;
}

/** `options`: the agent's own, e.g. `--tool`. */
export const realAgent = (...options: readonly string[]): RealAgent => {
  // Descriptor 3 is one socket both ways: Node makes 'pipe' of socketpair(2).
  const child = spawn(buildAgent(), ['3', '--root', '/', ...options], { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] });
  const socket = child.stdio[3] as import('node:net').Socket;
  socket.on('error', () => {});
  const line: Line = { input: socket, write: (bytes) => void socket.write(bytes) };
  const session = new AgentSession(line);
  return {
    session,
    process: child,
    write: (bytes) => void socket.write(bytes),
    [Symbol.asyncDispose]: async () => {
      const gone = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
      socket.destroy();
      await gone;
    },
  };
};

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
