/** Serial ports of a machine that lead to descriptors of its process. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { Incoming, type Outgoing } from '../../desk/index.ts';
import type { Uart } from '../../devices/index.ts';

/** What leaves a port is put at the end of a file. */
export const append = async (from: Outgoing, path: string): Promise<void> => {
  const file = openSync(path, 'a');
  try {
    for await (const bytes of from) writeSync(file, bytes);
  } finally {
    closeSync(file);
  }
};

/** Bytes that wait from which on no more is read. */
const enough = 64 * 1024;

/** What is typed, or piped in, goes to a port. `wake`: something has come in. */
export const typing = (uart: Uart, wake: () => void): { feed(): boolean; close(): void } => {
  const { stdin } = process;
  const incoming = new Incoming(uart);
  const take = (bytes: Buffer): void => {
    incoming.write(bytes);
    if (incoming.waiting >= enough) stdin.pause();
    wake();
  };
  // Lines, echo and signals are its own terminal's business.
  if (stdin.isTTY) stdin.setRawMode(true);
  stdin.on('error', () => {}).on('data', take);
  return {
    feed: () => {
      uart.release();
      const isFed = incoming.feed();
      if (incoming.waiting < enough) stdin.resume();
      return isFed;
    },
    close: () => {
      stdin.off('data', take).pause();
      stdin.unref?.();
    },
  };
};
