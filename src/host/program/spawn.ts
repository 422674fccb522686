/** Host processes whose streams and end matter to somebody. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { ByteSink, Exit, Io, Running } from '../../environment/index.ts';
import { hasCode } from '../file/files.ts';
import { spawnRefusal } from './run.ts';
import { signalNumber } from './signals.ts';

export interface Spawned extends Running {
  readonly pid: number;
  /** Whether the program itself is gone, though others may hold its streams. */
  hasEnded(): boolean;
  /** Once it has ended, its end is told though others still hold its streams. */
  abandon(): void;
}

/** What was written just before the end is still read, in ms. */
const drainMs = 200;

/** Starts a program with the given streams. `hold`: a descriptor it keeps open, as its 3. Throws `program-missing`. */
export const start = async (
  program: string,
  args: readonly string[],
  io: Io,
  { env, hold }: { readonly env?: NodeJS.ProcessEnv; readonly hold?: number | undefined } = {},
): Promise<Spawned> => {
  const child = spawn(program, args, { stdio: [...stdioOf(io), ...(hold === undefined ? [] : [hold])], ...(env && { env }) });
  const exit = exitOf(child);
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  await spawned(program, child);
  return {
    pid: child.pid ?? 0,
    stdin: child.stdin === null ? swallow : sinkOf(child.stdin),
    stdout: chunksOf(child.stdout),
    stderr: chunksOf(child.stderr),
    exit,
    hasEnded,
    abandon: () => {
      const close = (): void => {
        setTimeout(() => {
          child.stdout?.destroy();
          child.stderr?.destroy();
        }, drainMs).unref();
      };
      if (hasEnded()) close();
      else child.once('exit', close);
    },
    signal: (name) => void (!hasEnded() && child.kill(signalNumber(name) as unknown as NodeJS.Signals)),
  };
};

const stdioOf = (io: Io): ('inherit' | 'ignore' | 'pipe')[] =>
  io.kind === 'pipes' ? ['pipe', 'pipe', 'pipe'] : [io.stdin ? 'inherit' : 'ignore', 'inherit', 'inherit'];

/** Resolves once the program runs. */
export const spawned = (program: string, child: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(spawnRefusal(program, error)));
  });

/** Status or signal, 128 + its number as code; waits until the streams are drained too. */
export const exitOf = (child: ChildProcess): Promise<Exit> =>
  new Promise((resolve) => {
    child.once('close', (code, signal) =>
      resolve(signal === null ? { code: code ?? 0, signal: null } : { code: 128 + signalNumber(signal), signal }),
    );
  });

const swallow: ByteSink = { write: async () => {}, end: async () => {} };

/** A sink that waits where the reader is slow, and forgets what a reader that has gone will never read. */
export const sinkOf = (stream: Writable): ByteSink => {
  stream.on('error', () => {});
  return {
    write: (chunk) =>
      new Promise((resolve) => {
        // Not at once: whoever writes on and on must hear between that the reader has gone.
        if (stream.destroyed) return void setImmediate(resolve);
        if (stream.write(chunk)) return resolve();
        const settle = (): void => {
          stream.off('drain', settle).off('close', settle);
          resolve();
        };
        stream.once('drain', settle).once('close', settle);
      }),
    // A reader that goes at just this moment takes the callback of end() along.
    end: () =>
      new Promise((resolve) => {
        if (stream.destroyed) return resolve();
        stream.once('close', resolve).end(resolve);
      }),
  };
};

/** Ends where the stream does, also where nobody listens any more. */
async function* chunksOf(stream: Readable | null): AsyncGenerator<Uint8Array> {
  try {
    yield* stream ?? [];
  } catch (error) {
    if (!hasCode(error, 'ERR_STREAM_PREMATURE_CLOSE')) throw error;
  }
}
