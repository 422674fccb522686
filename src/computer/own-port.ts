/** A port of this host's loopback, where only who is on this host comes in. */
import type { Server } from 'node:net';
import { Refusal } from '../environment/index.ts';
import { inWords } from '../host/index.ts';

/** Resolves when it listens; port 0 is any that is free. Throws `port-taken`, or `malformed-value` of the option that named it. */
export const listenHere = async (server: Server, port: number, option: string): Promise<void> => {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ port, host: '127.0.0.1' }, resolve);
  try {
    await promise;
  } catch (error) {
    const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    if (isTaken) throw new Refusal('port-taken', [`${port}`, 'another program'], { cause: error });
    throw new Refusal('malformed-value', [option, `${port}`, `this port can't be opened: ${inWords(error)}`], { cause: error });
  }
};
