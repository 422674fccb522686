/** Commands inside, for programs: as one answer, or as a stream of events. */
import { type Abort, type Exit, type Running, whenAborted } from '../../environment/index.ts';

export interface ExecOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly workdir?: string;
  readonly user?: string;
  /** Written to its standard input, which is then closed; closed at once if left away in `exec`, left open in `spawn`. */
  readonly stdin?: string | Uint8Array | AsyncIterable<string | Uint8Array>;
  /** Ends it after so many milliseconds, with `timed-out`. There is no limit unless you set one. */
  readonly timeoutMs?: number;
  /** Ends it when aborted; the promise rejects with the signal's reason. */
  readonly signal?: Abort;
  /** Throw an `ExecError` for a status other than 0. */
  readonly check?: boolean;
}

export interface ExecResult {
  /** Exit status; 128 + its number where a signal ended it. */
  readonly exitCode: number;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The streams as they came, for what isn't text. */
  readonly stdoutBytes: Uint8Array;
  readonly stderrBytes: Uint8Array;
  readonly durationMs: number;
}

export type ExecEvent =
  | { readonly type: 'stdout' | 'stderr'; readonly data: Uint8Array; readonly text: string }
  | { readonly type: 'exit'; readonly exitCode: number; readonly signal: string | null };

/** A command under way. */
export interface Spawned extends AsyncIterable<ExecEvent>, AsyncDisposable {
  write(data: string | Uint8Array): Promise<void>;
  /** Closes its standard input. */
  end(): Promise<void>;
  kill(signal?: string): void;
  readonly exit: Promise<Exit>;
}

/** The command ran and ended with a status other than 0. */
export class ExecError extends Error {
  override readonly name = 'ExecError';
  readonly code = 'exec-failed';
  readonly result: ExecResult;

  constructor(command: readonly string[], result: ExecResult) {
    const last = result.stderr.trimEnd().split('\n').at(-1) ?? '';
    super(`${command.join(' ')} ended with status ${result.exitCode}${last === '' ? '' : `: ${last}`}`);
    this.result = result;
  }
}

export const spawnedFrom = (running: Running, { stdin, signal }: Pick<ExecOptions, 'stdin' | 'signal'>): Spawned => {
  const heard = whenAborted(signal, () => running.signal('SIGKILL'));
  const fed = stdin === undefined ? undefined : feed(running, stdin);
  const exit = running.exit
    .finally(() => heard[Symbol.dispose]())
    .then(async (ended) => {
      signal?.throwIfAborted();
      // What its input's source threw is the caller's to hear.
      await fed;
      return ended;
    });
  // Whoever never asks how it ended must not be told by a crash.
  fed?.catch(() => running.signal('SIGKILL'));
  exit.catch(() => {});
  return {
    write: (data) => running.stdin.write(bytesOf(data)),
    end: () => running.stdin.end(),
    kill: (name = 'SIGTERM') => running.signal(name),
    exit,
    [Symbol.asyncIterator]: () => events(running, exit),
    [Symbol.asyncDispose]: async () => {
      running.signal('SIGKILL');
      await exit.catch(() => {});
    },
  };
};

/** `start`: when the command was asked for, by performance.now(). */
export const finished = async (spawned: Spawned, command: readonly string[], options: ExecOptions, start: number): Promise<ExecResult> => {
  if (options.stdin === undefined) await spawned.end();
  const chunks = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  let ended: Exit = { code: 0, signal: null };
  for await (const event of spawned) {
    if (event.type === 'exit') ended = { code: event.exitCode, signal: event.signal };
    else chunks[event.type].push(event.data);
  }
  const [stdoutBytes, stderrBytes] = [Buffer.concat(chunks.stdout), Buffer.concat(chunks.stderr)];
  const result: ExecResult = {
    exitCode: ended.code,
    signal: ended.signal,
    stdout: stdoutBytes.toString(),
    stderr: stderrBytes.toString(),
    stdoutBytes,
    stderrBytes,
    durationMs: performance.now() - start,
  };
  if (options.check && result.exitCode !== 0) throw new ExecError(command, result);
  return result;
};

/** Both streams as they come, each in its own order, then the end. */
async function* events(running: Running, exit: Promise<Exit>): AsyncGenerator<ExecEvent> {
  const streams = (['stdout', 'stderr'] as const).map((type) => ({
    type,
    chunks: running[type][Symbol.asyncIterator](),
    decoder: new TextDecoder(),
  }));
  const next = (stream: (typeof streams)[number]) => stream.chunks.next().then((step) => ({ stream, step }));
  const pending = new Map(streams.map((stream) => [stream, next(stream)]));
  while (pending.size > 0) {
    const { stream, step } = await Promise.race(pending.values());
    if (step.done) {
      pending.delete(stream);
      continue;
    }
    pending.set(stream, next(stream));
    yield { type: stream.type, data: step.value, text: stream.decoder.decode(step.value, { stream: true }) };
  }
  const { code, signal } = await exit;
  yield { type: 'exit', exitCode: code, signal };
}

/** Ends early where the command ends early: whoever has gone reads no more. */
const feed = async ({ stdin, exit }: Running, content: NonNullable<ExecOptions['stdin']>): Promise<void> => {
  let gone = false;
  exit.then(
    () => (gone = true),
    () => (gone = true),
  );
  if (typeof content === 'string' || content instanceof Uint8Array) await stdin.write(bytesOf(content));
  else {
    for await (const chunk of content) {
      if (gone) return;
      await stdin.write(bytesOf(chunk));
    }
  }
  await stdin.end();
};

export const bytesOf = (data: string | Uint8Array): Uint8Array => (typeof data === 'string' ? new TextEncoder().encode(data) : data);
