/** Where gdb comes in: a port on this host alone, for one debugger at a time. */
import { createServer, type Socket } from 'node:net';
import { type Architecture, Session } from '../../gdb/index.ts';
import { listenHere } from '../own-port.ts';
import type { Debugged } from './debugged.ts';

export interface Door {
  readonly port: number;
  readonly architecture: Architecture;
}

/** Opens it; `wake`: something has come in. Throws `port-taken` or `malformed-value`. */
export const openDoor = async ({ port, architecture }: Door, debugged: Debugged, wake: () => void): Promise<Disposable> => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    if (debugged.isTaken) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    converse(socket, debugged, architecture, wake);
    socket.on('close', () => sockets.delete(socket));
  });
  await listenHere(server, port, '--gdb');
  return {
    [Symbol.dispose]: () => {
      server.close();
      // What was said last still goes out.
      for (const socket of sockets) socket.destroySoon();
    },
  };
};

const converse = (socket: Socket, debugged: Debugged, architecture: Architecture, wake: () => void): void => {
  const session = new Session(debugged, architecture, (bytes) => void socket.write(bytes));
  socket.setNoDelay();
  debugged.take(session);
  socket.on('data', (bytes: Buffer) => {
    session.receive(bytes);
    if (session.isOver) socket.end();
    wake();
  });
  // A connection that breaks off closes next.
  socket.on('error', () => {});
  socket.on('close', () => {
    debugged.lose();
    wake();
  });
};
