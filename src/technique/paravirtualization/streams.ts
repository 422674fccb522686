/** Where the streams of a command inside a machine lead on this side: to isola's own, or to whoever asked for pipes. */
import type { Remote } from '../../agent/index.ts';
import type { ByteSink, Exit, Io, Running, TerminalSize } from '../../environment/index.ts';

/** isola's own terminal, or what terminals were once. */
export const sizeHere = (): TerminalSize => {
  const { columns, rows } = process.stdout;
  return process.stdout.isTTY ? { columns, rows } : { columns: 80, rows: 24 };
};

/** `over` is called when it has ended and all it wrote has been handed on. */
export const carry = (remote: Remote, io: Io, over: () => void): Running => {
  if (io.kind === 'pipes') return { ...remote, exit: remote.exit.finally(over) };
  const undo = [...(io.terminal ? [followTerminal(remote)] : []), ...(io.stdin ? [handOn(remote.stdin)] : [])];
  if (!io.stdin) void remote.stdin.end();
  const drained = Promise.all([pour(remote.stdout, process.stdout), pour(remote.stderr, process.stderr)]);
  const exit = async (): Promise<Exit> => {
    try {
      await drained;
      return await remote.exit;
    } finally {
      for (const one of undo) one();
      over();
    }
  };
  return { stdin: swallow, stdout: nothing(), stderr: nothing(), exit: exit(), signal: (name) => remote.signal(name) };
};

/** Each key goes through as it is, and the terminal inside has the size of the one here. Returns how to put it back. */
const followTerminal = (remote: Remote): (() => void) => {
  const { stdin, stdout } = process;
  const resize = (): void => remote.resize(sizeHere());
  if (stdin.isTTY) stdin.setRawMode(true);
  stdout.on('resize', resize);
  return () => {
    stdout.off('resize', resize);
    if (stdin.isTTY) stdin.setRawMode(false);
  };
};

/** Standard input for the command, at its pace. Returns how to stop listening. */
const handOn = (sink: ByteSink): (() => void) => {
  const { stdin } = process;
  const take = (chunk: Buffer): void => {
    stdin.pause();
    void sink.write(chunk).then(() => stdin.resume());
  };
  const end = (): void => void sink.end();
  stdin.on('data', take).once('end', end).once('error', end);
  return () => {
    stdin.off('data', take).off('end', end).off('error', end).pause();
    // Else a terminal or a pipe that stays open would keep this process.
    stdin.unref?.();
  };
};

/** A reader that has gone misses the rest. */
const pour = async (from: AsyncIterable<Uint8Array>, to: NodeJS.WriteStream): Promise<void> => {
  for await (const chunk of from) {
    if (to.destroyed || to.write(chunk)) continue;
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        to.off('drain', settle).off('close', settle);
        resolve();
      };
      to.once('drain', settle).once('close', settle);
    });
  }
};

const swallow: ByteSink = { write: async () => {}, end: async () => {} };
async function* nothing(): AsyncGenerator<Uint8Array> {}
