/** Where the streams of a command inside a machine lead on this side: to isola's own, or to whoever asked for pipes. */
import type { Remote } from '../agent/index.ts';
import type { ByteSink, Exit, Io, Running, TerminalSize } from '../environment/index.ts';
import { run } from '../host/program/run.ts';

/** isola's own terminal, or what terminals were once. */
export const sizeHere = (): TerminalSize => {
  const { columns, rows } = process.stdout;
  return process.stdout.isTTY ? { columns, rows } : { columns: 80, rows: 24 };
};

/** `over` is called when it has ended and all it wrote has been handed on. */
export const carry = async (remote: Remote, io: Io, over: () => void): Promise<Running> => {
  const signal = (name: string): void => (name === 'SIGKILL' ? remote.close() : remote.signal(name));
  if (io.kind === 'pipes') return { ...remote, signal, exit: remote.exit.finally(over) };
  const release = io.terminal ? await takeTerminal(remote) : undefined;
  const unhand = io.stdin ? handOn(remote.stdin) : void remote.stdin.end();
  const drained = Promise.all([pour(remote.stdout, process.stdout), pour(remote.stderr, process.stderr)]);
  const exit = async (): Promise<Exit> => {
    try {
      await drained;
      return await remote.exit;
    } finally {
      unhand?.();
      await release?.();
      over();
    }
  };
  return { stdin: swallow, stdout: nothing(), stderr: nothing(), exit: exit(), signal };
};

/** stty(1) of isola's own terminal. Node's raw mode would still add carriage returns to what a terminal inside has given them already. */
const stty = async (...args: readonly string[]): Promise<string> =>
  (await run('stty', ['-F', `/proc/${process.pid}/fd/0`, ...args])).stdout.trim();

/** Each key goes through as it is, and the terminal inside has the size of the one here. Returns how to put it back. */
const takeTerminal = async (remote: Remote): Promise<() => Promise<void>> => {
  const { stdin, stdout } = process;
  const modes = stdin.isTTY ? await stty('-g') : undefined;
  if (modes !== undefined) await stty('raw', '-echo');
  const resize = (): void => remote.resize(sizeHere());
  stdout.on('resize', resize);
  // It may have changed while the command was being started.
  resize();
  return async () => {
    stdout.off('resize', resize);
    if (modes !== undefined) await stty(modes);
  };
};

/** Standard input for the command, at its pace. Returns how to stop listening. */
const handOn = (sink: ByteSink): (() => void) => {
  const { stdin } = process;
  let listens = true;
  const take = (chunk: Buffer): void => {
    stdin.pause();
    // What comes after the command's end is for whoever reads next.
    void sink.write(chunk).then(() => void (listens && stdin.resume()));
  };
  const end = (): void => void sink.end();
  stdin.on('data', take).once('end', end).once('error', end);
  return () => {
    listens = false;
    stdin.off('data', take).off('end', end).off('error', end).pause();
    // Else a terminal or a pipe that stays open would keep this process.
    stdin.unref?.();
  };
};

/** A reader that has gone misses the rest. */
export const pour = async (from: AsyncIterable<Uint8Array>, to: NodeJS.WriteStream): Promise<void> => {
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
