/** Where orders come in: a socket of the host's, for any number of people, each line an order. */
import { createServer, type Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { listening } from '../line/index.ts';

/** No path is longer (limits.h, PATH_MAX), so no order is. */
const longestLine = 4096 + 64;

/** Who carries out orders: `tell` is for what is said later, a line. */
export interface Answering {
  answer(order: string, tell: (said: string) => void): readonly string[];
}

/** Opens it; `wake`: something was done to the computer. Throws `line-closed` where it can't be. */
export const openControl = async (path: string, orders: Answering, wake: () => void): Promise<Disposable> => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    converse(socket, orders, wake);
    socket.on('close', () => sockets.delete(socket));
  });
  await listening(server, { kind: 'unix', path, isServer: true, isAwaited: false });
  return {
    [Symbol.dispose]: () => {
      server.close();
      // What was said last still goes out.
      for (const socket of sockets) socket.destroySoon();
    },
  };
};

const converse = (socket: Socket, orders: Answering, wake: () => void): void => {
  const decoder = new StringDecoder('utf8');
  let text = '';
  const tell = (said: string): void => void socket.write(`${said}\n`);
  socket.on('data', (bytes: Buffer) => {
    text += decoder.write(bytes);
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      const isLong = line.length > longestLine;
      for (const said of isLong ? ['refused: the line is too long'] : orders.answer(line, tell)) tell(said);
    }
    if (lines.length > 0) wake();
    if (text.length > longestLine) socket.end('refused: the line is too long\n');
  });
  // A connection that breaks off closes next.
  socket.on('error', () => {});
};
