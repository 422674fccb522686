/** The console of a detached environment, through its keeper's socket. */
import { close, existsSync, read, write, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { type Attached, Refusal, type TerminalSize } from '../../environment/index.ts';
import type { Jailed } from '../jailed.ts';

const readFd = promisify(read);
const writeFd = promisify(write);

/** The keeper sends packets of at most this size plus one byte that names the stream: conmon, conn_sock.c. */
const packetMost = 8193;

export const attach = async (jailed: Jailed, size: TerminalSize | null): Promise<Attached> => {
  const { place, definition } = jailed;
  const socketPath = `${place.running}/attach`;
  if (jailed.pid === null) {
    throw new Refusal('phase', [definition.name, 'stopped', 'attached to', `isola start ${definition.name} first`]);
  }
  if (!existsSync(socketPath)) {
    const why = 'it belongs to the isola run that started it; isola exec opens another command';
    throw new Refusal('facet-absent', ['an attached environment', 'a second console', why]);
  }
  const { connectSeqpacket, shutdown } = await import('../../host/kernel/libc.ffi.ts');
  const socket = connectSeqpacket(socketPath);
  let open = true;
  const detach = (): void => {
    if (!open) return;
    open = false;
    // Closing alone leaves a read that waits for ever.
    shutdown(socket);
    close(socket, () => {});
  };
  const resize = ({ columns, rows }: TerminalSize): void => {
    if (existsSync(`${place.running}/ctl`)) writeFileSync(`${place.running}/ctl`, `1 ${rows} ${columns}\n`);
  };
  if (size !== null) resize(size);
  return {
    output: packets(socket, () => open, detach),
    input: { write: async (chunk) => void (open && (await writeFd(socket, chunk))), end: async () => detach() },
    resize,
    detach,
  };
};

/** Each read is one packet; the first byte says which stream it came from. */
async function* packets(socket: number, isOpen: () => boolean, detach: () => void): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(packetMost);
  try {
    while (isOpen()) {
      const { bytesRead } = await readFd(socket, buffer, 0, buffer.length, null);
      if (bytesRead === 0) return;
      yield buffer.slice(1, bytesRead);
    }
  } finally {
    detach();
  }
}
