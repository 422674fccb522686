/** A program whose output has lines that begin with @, and how much processor time it had taken at each. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';

export interface Mark {
  /** Without the @. */
  readonly text: string;
  /** At the last mark it may have ended already: then of the one before. */
  readonly cpuSeconds: number;
}

/**
 * Of one process with its threads and the children it has or waited for, and theirs, in seconds; what has ended counts as far as proc(5) has it, in hundredths. Undefined where it
 * has ended itself.
 */
export const cpuSecondsOf = (pid: number): number | undefined =>
  unlessGone(() => {
    const exact = readdirSync(`/proc/${pid}/task`).reduce((sum, task) => sum + (unlessGone(() => nsOf(pid, task)) ?? 0), 0) / 1e9;
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /, '').split(' ').map(Number);
    const [user = 0, system = 0, ofChildren = 0, inTheirName = 0] = fields.slice(11, 15);
    const living = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    const ofLiving = living.reduce((sum, child) => sum + (cpuSecondsOf(Number(child)) ?? 0), 0);
    return Math.max(exact, (user + system) / 100) + (ofChildren + inTheirName) / 100 + ofLiving;
  });

const nsOf = (pid: number, task: string): number => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]);

/** The file is there no more, or the process is not that it belongs to: proc(5). */
const unlessGone = (look: () => number): number | undefined => {
  try {
    return look();
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return undefined;
    throw error;
  }
};

export interface WatchOptions {
  readonly signal: AbortSignal;
  /** The text of the last mark: the program is killed then. */
  readonly until: string;
  readonly patienceMs?: number;
}

/** It ended before its last mark, or took too long for it: which, and after what. */
export class Unfinished extends Error {
  readonly marks: readonly Mark[];

  constructor(message: string, marks: readonly Mark[]) {
    super(message);
    this.marks = marks;
  }
}

/** Runs it until its last mark. Throws Unfinished. */
export const watch = async (line: readonly string[], { signal, until, patienceMs = 900_000 }: WatchOptions): Promise<readonly Mark[]> => {
  const [command = '', ...args] = line;
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const marks: Mark[] = [];
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill('SIGKILL');
  }, patienceMs);
  const stop = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', stop, { once: true });
  const end = new Promise<string>((resolve) =>
    child.once('close', (code, by) => resolve(code === null ? `it was ended by ${by}` : `it ended with ${code}`)),
  );
  try {
    await read(child, (text) => {
      const cpuSeconds = cpuSecondsOf(child.pid ?? 0) ?? (text === until ? marks.at(-1)?.cpuSeconds : undefined);
      if (cpuSeconds !== undefined) marks.push({ text, cpuSeconds });
      return cpuSeconds !== undefined && text !== until;
    });
  } finally {
    child.kill('SIGKILL');
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    await end;
  }
  signal.throwIfAborted();
  const last = marks.at(-1)?.text;
  if (last === until) return marks;
  const why = isLate ? `it took more than ${patienceMs / 1000} s` : await end;
  throw new Unfinished(`${why}, after it had said ${last ?? 'nothing'}`, marks);
};

const read = async ({ stdout }: ChildProcessByStdio<null, Readable, null>, meet: (text: string) => boolean): Promise<void> => {
  let rest = '';
  for await (const chunk of stdout.setEncoding('latin1')) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const one of lines) {
      const [, text] = /@(\S+(?: \S+)?)\s*$/.exec(one) ?? [];
      if (text !== undefined && !meet(text)) return;
    }
  }
};
