/** Commands inside: host processes, in a session of their own as those of a real environment are. */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { type Call, type Exit, type Io, Refusal, type Running, showSpan } from '../../src/environment/index.ts';

export const start = async (
  command: readonly string[],
  where: string,
  io: Io,
  timeoutMs: number | undefined,
  call: Call,
): Promise<Running> => {
  const [program = '', ...args] = command;
  const stdio = io.kind === 'pipes' ? 'pipe' : ([io.stdin ? 'inherit' : 'ignore', 'inherit', 'inherit'] as const);
  const child = spawn(program, args, { stdio: typeof stdio === 'string' ? stdio : [...stdio], detached: true });
  await spawned(child, program, where);
  return { ...streamsOf(child), exit: endOf(child, program, timeoutMs, call), signal: (name) => void child.kill(name as NodeJS.Signals) };
};

const spawned = (child: ChildProcess, program: string, where: string): Promise<void> =>
  new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', ({ code, message }: NodeJS.ErrnoException) =>
      reject(
        code === 'ENOENT'
          ? new Refusal('command-not-found', [program, where])
          : new Refusal('command-not-executable', [program, where, message]),
      ),
    );
  });

const endOf = (child: ChildProcess, program: string, timeoutMs: number | undefined, { signal }: Call): Promise<Exit> =>
  new Promise((resolve, reject) => {
    let refusal: unknown;
    const end = (why: unknown): void => {
      refusal = why;
      child.kill('SIGKILL');
    };
    const abort = (): void => end(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    const timer =
      timeoutMs === undefined ? undefined : setTimeout(() => end(new Refusal('timed-out', [program, showSpan(timeoutMs)])), timeoutMs);
    child.once('close', (code, name) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      if (refusal !== undefined) reject(refusal);
      else resolve({ code: code ?? 128 + (name === null ? 0 : constants.signals[name]), signal: name });
    });
  });

const streamsOf = ({ stdin, stdout, stderr }: ChildProcess): Pick<Running, 'stdin' | 'stdout' | 'stderr'> => ({
  stdin: {
    write: (chunk) => new Promise((resolve) => (stdin ? stdin.write(chunk, () => resolve()) : resolve())),
    end: () => new Promise((resolve) => (stdin ? stdin.end(resolve) : resolve())),
  },
  stdout: stdout ?? nothing(),
  stderr: stderr ?? nothing(),
});

async function* nothing(): AsyncGenerator<Uint8Array> {}
