/** Runs host programs that do one thing and end: their output is collected, their failure is a Refusal. */
import { spawn } from 'node:child_process';
import { type Abort, Refusal } from '../../environment/index.ts';
import { servantEnvironment } from './processes.ts';
import { packageOf } from './programs.ts';

export interface RunOptions {
  /** Written to its standard input; nothing if undefined. */
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly signal?: Abort;
  /** It leaves a process that would hold its output open: nothing of it is read. */
  readonly unheard?: boolean;
  /** It leaves a process that is to outlive isola: nobody who cleans up after a killed isola waits for that. */
  readonly lasting?: boolean;
  /** Exit statuses that count as success; 0 alone by default. */
  readonly accept?: readonly number[];
}

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Waits for the program's end. Throws `program-missing`, `no-space`, or `host-command-failed` with what it said last. A terminal's
 * Ctrl-C does not meet it, for isola decides what is broken off and what is finished: setsid(2).
 */
export const run = (program: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> =>
  new Promise((resolve, reject) => {
    options.signal?.throwIfAborted();
    const output = options.unheard ? 'ignore' : 'pipe';
    const child = spawn(program, args, {
      stdio: [options.input === undefined ? 'ignore' : 'pipe', output, output],
      detached: true,
      env: options.lasting ? (options.env ?? process.env) : servantEnvironment(options.env),
      ...(options.cwd !== undefined && { cwd: options.cwd }),
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
    const abort = (): void => void child.kill('SIGTERM');
    options.signal?.addEventListener('abort', abort, { once: true });
    child.on('error', (error: NodeJS.ErrnoException) => reject(spawnRefusal(program, error)));
    child.on('close', (code, signal) => {
      options.signal?.removeEventListener('abort', abort);
      if (options.signal?.aborted) return reject(options.signal.reason);
      if (wasMetEarly(signal)) return resolve(run(program, args, options));
      const result = { code: code ?? 128, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
      if (code !== null && (options.accept ?? [0]).includes(code)) return resolve(result);
      const said = result.stderr || result.stdout;
      if (isFull(said)) return reject(new Refusal('no-space', [`what ${describe(program, args)} writes`, 'the file system it writes to']));
      reject(new Refusal('host-command-failed', [describe(program, args), howItEnded(code, signal, said)]));
    });
    // A program that ends without reading its input is judged by its exit status, not by the broken pipe.
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.input);
  });

/**
 * Whether a terminal's Ctrl-C met a child of ours in the moment between fork(2) and setsid(2), where it is not out of reach yet. Then it was
 * no program yet either, and has done nothing: it can be started again.
 */
export const wasMetEarly = (signal: string | null): boolean => signal === 'SIGINT';

/** Whether a program complained that its disk is full: errno(3), ENOSPC, EDQUOT. */
export const isFull = (said: string): boolean => /No space left on device|Disk quota exceeded/.test(said);

/** The Refusal for a program that could not be started. */
export const spawnRefusal = (program: string, error: NodeJS.ErrnoException): Error =>
  error.code === 'ENOENT' ? new Refusal('program-missing', [program, packageOf(program)], { cause: error }) : error;

/** `failed with status 2: last line` */
export const howItEnded = (code: number | null, signal: string | null, output: string): string => {
  const last = output.trimEnd().split('\n').at(-1)?.trim() ?? '';
  return `${code === null ? `was ended by ${signal}` : `failed with status ${code}`}${last === '' ? '' : `: ${last}`}`;
};

const describe = (program: string, args: readonly string[]): string => [program, ...args.slice(0, 6)].join(' ');
