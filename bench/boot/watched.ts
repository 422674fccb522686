/** A program whose output has lines that begin with @, and how much processor time it had taken at each. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';

export interface Mark {
  /** Without the @. */
  readonly text: string;
  readonly cpuSeconds: number;
}

/** Of one process with its threads and the children it waited for, in seconds; what has ended counts as far as proc(5) has it, in hundredths. */
export const cpuSecondsOf = (pid: number): number => {
  const tasks = readdirSync(`/proc/${pid}/task`).map((task) =>
    Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]),
  );
  const exact = tasks.reduce((sum, ns) => sum + ns, 0) / 1e9;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /, '').split(' ').map(Number);
  const [user = 0, system = 0, ofChildren = 0, inTheirName = 0] = fields.slice(11, 15);
  return Math.max(exact, (user + system) / 100) + (ofChildren + inTheirName) / 100;
};

export interface WatchOptions {
  readonly signal: AbortSignal;
  /** The text of the last mark: the program is killed then. */
  readonly until: string;
  readonly patienceMs?: number;
}

/** It ended before its last mark, or took too long for it. */
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
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  const stop = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', stop, { once: true });
  const end = new Promise<void>((resolve) => child.once('close', () => resolve()));
  try {
    await read(child, (text) => {
      marks.push({ text, cpuSeconds: cpuSecondsOf(child.pid ?? 0) });
      return text !== until;
    });
  } finally {
    child.kill('SIGKILL');
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    await end;
  }
  signal.throwIfAborted();
  if (marks.at(-1)?.text !== until)
    throw new Unfinished(`${command} never said @${until}, but ${marks.map(({ text }) => text).join(', ')}`, marks);
  return marks;
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

/** What lies between the beginning and each end: `shell` from the start of the program, and the pieces of work. Throws where one failed. */
export const piecesOf = (marks: readonly Mark[]): ReadonlyMap<string, number> => {
  const pieces = new Map<string, number>();
  let loadedAt = 0;
  let begun: { readonly name: string; readonly cpuSeconds: number } | undefined;
  for (const { text, cpuSeconds } of marks) {
    const [word, what = ''] = text.split(' ');
    if (word === 'kernel') loadedAt = cpuSeconds;
    if (word === 'shell') pieces.set('boot', cpuSeconds - loadedAt);
    if (word === 'begin') begun = { name: what, cpuSeconds };
    if (word !== 'end' || begun === undefined) continue;
    if (what !== '0') throw new Error(`${begun.name} ended with ${what}`);
    pieces.set(begun.name, cpuSeconds - begun.cpuSeconds);
  }
  return pieces;
};
