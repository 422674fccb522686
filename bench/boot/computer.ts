/** A computer of isola's that somebody watches: what it shows, and what its process takes. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSecondsOf } from './watched.ts';

export interface Computer {
  /** Until it has shown this. Throws where it ends before. */
  shows(text: string): Promise<void>;
  /** Of its process, since it began. */
  cpuSeconds(): number;
  readonly pid: number;
  end(): Promise<void>;
}

const patienceMs = 120_000;

/** Starts it in a terminal of its own, by script(1), or without one. */
export const start = async (line: readonly string[], isInTerminal: boolean): Promise<Computer> => {
  const [command = '', ...args] = isInTerminal ? ['script', '-qfec', `exec ${line.map(quoted).join(' ')}`, '/dev/null'] : line;
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, TERM: 'xterm-256color', COLUMNS: '100', LINES: '40' },
  });
  let shown = '';
  let hear = (): void => {};
  child.stdout.setEncoding('latin1').on('data', (chunk: string) => {
    shown = (shown + chunk).slice(-100_000);
    hear();
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const pid = isInTerminal ? await childOf(child.pid ?? 0) : (child.pid ?? 0);
  return {
    pid,
    shows: async (text) => {
      const found = new Promise<true>((resolve) => {
        hear = () => shown.includes(text) && resolve(true);
        hear();
      });
      const isShown = await Promise.race([found, ended, sleep(patienceMs, undefined, { ref: false })]);
      if (isShown !== true) throw new Error(`it never showed ${text}, but ${shown.slice(-500)}`);
    },
    cpuSeconds: () => cpuSecondsOf(pid),
    end: async () => {
      process.kill(pid, 'SIGKILL');
      await ended;
    },
  };
};

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

const childOf = async (pid: number): Promise<number> => {
  for (let left = 1000; left > 0; left--) {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
    if (child !== undefined && child !== '') return Number(child);
    await sleep(2);
  }
  throw new Error('script started nothing');
};

const pageBytes = 4096;
const mib = 1024 ** 2;

/** Its share of memory in MiB: proc(5), smaps_rollup, Pss. */
export const shareMib = (pid: number): number =>
  Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]) / 1024;

/** MiB of guest memory that have pages, by proc(5), pagemap: of the mapping that is as large as guest memory and what precedes it, the last part. */
export const touchedMib = (pid: number, guestMib: number): number => {
  const maps = readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n');
  const ranges = maps.flatMap((line) => {
    const [, begin, end] = /^([0-9a-f]+)-([0-9a-f]+) rw-p 00000000 00:00 0\s*$/.exec(line) ?? [];
    return begin === undefined || end === undefined ? [] : [[Number.parseInt(begin, 16), Number.parseInt(end, 16)] as const];
  });
  const [begin, end] = ranges.find(([from, to]) => to - from > guestMib * mib && to - from < (guestMib + 256) * mib) ?? absent();
  const first = begin + (end - begin - guestMib * mib - videoBytes);
  const entries = Buffer.alloc(((end - first) / pageBytes) * 8);
  const file = openSync(`/proc/${pid}/pagemap`, 'r');
  readSync(file, entries, 0, entries.length, (first / pageBytes) * 8);
  closeSync(file);
  let pages = 0;
  // Bits 63 and 62: present, or swapped.
  for (let at = 7; at < entries.length; at += 8) if (((entries[at] ?? 0) & 0xc0) !== 0) pages++;
  return (pages * pageBytes) / mib;
};

/** Video memory is a guest's, too. */
const videoBytes = 16 * mib;

const absent = (): never => {
  throw new Error('guest memory can’t be found among its mappings');
};
