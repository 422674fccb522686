/**
 * Commands struck down in the midst of their work: after a time, or just before the k-th system call by which they change
 * something (strace(1), --inject), which meets every state that a killed command can leave.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandLine, type Stage, type Told } from '../stage/stage.ts';

export type Moment = { readonly afterMs: number } | { readonly atCall: number };

export interface Struck extends Told {
  /** Whether the signal met it alive. */
  readonly met: boolean;
  readonly ms: number;
  /** Changing calls it made until its end; 0 where it was struck by time. */
  readonly calls: number;
}

/** Calls that change files, mounts, processes or the database. */
const changing = [
  ...[
    'rename',
    'renameat2',
    'mkdir',
    'mkdirat',
    'unlink',
    'unlinkat',
    'rmdir',
    'link',
    'symlink',
    'mknod',
    'mount',
    'umount2',
    'move_mount',
  ],
  ...['pwrite64', 'ftruncate', 'fdatasync', 'fsync', 'clone', 'clone3', 'vfork', 'kill', 'ioctl'],
  ...['chmod', 'fchmod', 'fchmodat', 'chown', 'lchown', 'fchown', 'fchownat', 'copy_file_range'],
].join(',');

export const hasStrace = spawnSync('strace', ['-e', 'inject=mkdir:signal=SIGKILL', 'true']).status === 0;

/** A struck isola must be gone after this time, whatever it was at. */
const patienceMs = 180_000;

export interface Blow {
  readonly signal?: NodeJS.Signals;
  /** It goes to all of the process group, as a key of the terminal does. */
  readonly group?: boolean;
  /** Once more, so much later. */
  readonly againAfterMs?: number;
}

/** Runs isola and strikes it. */
export const strike = async (
  stage: Stage,
  args: readonly string[],
  moment: Moment,
  { signal = 'SIGKILL', group = false, againAfterMs }: Blow = {},
): Promise<Struck> => {
  const directory = mkdtempSync(join(tmpdir(), 'isola-strike-'));
  const log = `${directory}/calls`;
  const traced = 'atCall' in moment ? ['strace', '-qq', '-o', log, ...injecting(moment.atCall, signal)] : [];
  const [program = '', ...line] = [...traced, ...commandLine, '--store', stage.store, ...args];
  const start = performance.now();
  const child = spawn(program, line, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NO_COLOR: '1' }, detached: group });
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  let met = false;
  const hit = (): boolean => {
    if (child.exitCode !== null || child.signalCode !== null) return false;
    return group ? process.kill(-(child.pid ?? 0), signal) : child.kill(signal);
  };
  const timer =
    'afterMs' in moment
      ? setTimeout(() => {
          met = hit();
          if (againAfterMs !== undefined) setTimeout(hit, againAfterMs);
        }, moment.afterMs)
      : undefined;
  const late = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  try {
    const code = await new Promise<number>((resolve) => {
      child.on('exit', (status, by) => resolve(status ?? 128 + (by === null ? 0 : constants.signals[by])));
    });
    const ms = performance.now() - start;
    if (ms > patienceMs) throw new Error(`isola ${args.join(' ')} hung: ${Buffer.concat(err)}`);
    // What it said is here a moment later; what it left running may hold the streams open for ever.
    await Promise.race([new Promise((resolve) => child.once('close', resolve)), new Promise((resolve) => setTimeout(resolve, 50))]);
    const calls = 'atCall' in moment ? readFileSync(log, 'utf8').split('\n').length : 0;
    if ('atCall' in moment) met = code === 137 || calls > moment.atCall;
    return { code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString(), met, ms, calls };
  } finally {
    clearTimeout(timer);
    clearTimeout(late);
    child.stdout.destroy();
    child.stderr.destroy();
    rmSync(directory, { recursive: true, force: true });
  }
};

const injecting = (atCall: number, signal: string): readonly string[] => [
  `--trace=${changing}`,
  `--inject=${changing}:signal=${signal}:when=${atCall}`,
];
