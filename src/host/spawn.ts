/** Host processes whose streams and end matter to somebody. */
import { type ChildProcess, spawn } from 'node:child_process';
import { Readable, type Writable } from 'node:stream';
import type { ByteSink, Exit, Io, Running } from '../environment/index.ts';
import { spawnRefusal } from './run.ts';
import { signalNumber } from './signals.ts';

export interface Spawned extends Running {
  readonly pid: number;
}

/** Starts a program with the given streams. Throws `program-missing`. */
export const start = async (program: string, args: readonly string[], io: Io, env?: NodeJS.ProcessEnv): Promise<Spawned> => {
  const child = spawn(program, args, { stdio: stdioOf(io), ...(env && { env }) });
  const exit = exitOf(child);
  await spawned(program, child);
  return {
    pid: child.pid ?? 0,
    stdin: child.stdin === null ? swallow : sinkOf(child.stdin),
    stdout: chunksOf(child.stdout),
    stderr: chunksOf(child.stderr),
    exit,
    signal: (name) =>
      void (child.exitCode === null && child.signalCode === null && child.kill(signalNumber(name) as unknown as NodeJS.Signals)),
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
        if (stream.destroyed || stream.write(chunk)) return resolve();
        const settle = (): void => {
          stream.off('drain', settle).off('close', settle);
          resolve();
        };
        stream.once('drain', settle).once('close', settle);
      }),
    end: () => new Promise((resolve) => void stream.end(() => resolve())),
  };
};

const chunksOf = (stream: Readable | null): AsyncIterable<Uint8Array> => stream ?? nothing();

const nothing = (): AsyncIterable<Uint8Array> => Readable.from([]);
