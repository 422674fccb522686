/** A computer that somebody watches: what it shows, and what its process takes. */
import { execFileSync, spawn } from 'node:child_process';
import { constants, existsSync, openSync, readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { ReadStream } from 'node:tty';
import { Terminal } from './terminal.ts';
import { cpuSecondsOf } from './watched.ts';

/** It has ended, or doesn't do what it should in time. */
export class Stuck extends Error {}

export interface Computer {
  /** Until it has shown this. Throws `Stuck` where it ends before, or shows it not in time. */
  shows(text: string): Promise<void>;
  /** On its keyboard, or its serial line. */
  types(text: string): void;
  /** Of its process, since it began. Throws `Stuck` where it has ended. */
  cpuSeconds(): number;
  readonly pid: number;
  end(): Promise<void>;
}

/**
 * Where it shows itself: on its standard output, a terminal that it is given by script(1), or a terminal of its own making whose name it tells, as Bochs’ “term”
 * does where its debugger has the usual one.
 */
export type Shown = 'plainly' | 'on a given terminal' | 'on its own terminal';

const usualPatienceMs = 120_000;

/** Of its terminal. */
const [columns, rows] = [100, 40];

export const start = async (line: readonly string[], where: Shown, patienceMs = usualPatienceMs): Promise<Computer> => {
  const isGiven = where === 'on a given terminal';
  const [command = '', ...args] = isGiven ? ['script', '-qfec', `exec ${line.map(quoted).join(' ')}`, '/dev/null'] : line;
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, TERM: 'xterm-256color', COLUMNS: `${columns}`, LINES: `${rows}` },
  });
  const view = new View(child.stdout, isGiven);
  child.stdin.on('error', () => {}); // It may end while it is typed to.
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const pid = isGiven ? await childOf(child.pid ?? 0) : (child.pid ?? 0);
  const showsIn =
    (view: View) =>
    async (text: string): Promise<void> => {
      const isShown = await Promise.race([view.has(text), ended, sleep(patienceMs, undefined, { ref: false })]);
      if (isShown !== true) throw new Stuck(`it never showed ${text}, but ${view.text.slice(-2000)}`);
    };
  const end = async (): Promise<void> => {
    if (isRunning(pid)) process.kill(pid, 'SIGKILL');
    await ended;
  };
  const usual = {
    pid,
    shows: showsIn(view),
    cpuSeconds: () => cpuSecondsOf(pid) ?? gone(view),
    types: (text: string) => void child.stdin.write(text),
    end,
  };
  if (where !== 'on its own terminal') return usual;
  try {
    await usual.shows('Next at t=');
    const terminal = ownTerminal(view.text);
    return {
      ...usual,
      shows: showsIn(new View(terminal, true)),
      types: (text) => void terminal.write(text),
      end: async () => {
        terminal.destroy();
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
};

const gone = ({ text }: View): never => {
  throw new Stuck(`it ended, and showed ${text.slice(-2000)}`);
};

const isRunning = (pid: number): boolean => existsSync(`/proc/${pid}`);

/** What is shown: of a terminal its screen, else the last of all that was said. */
class View {
  readonly #screen: Terminal | undefined;
  #said = '';
  #hear = (): void => {};

  constructor(from: Readable, isTerminal: boolean) {
    this.#screen = isTerminal ? new Terminal(columns, rows) : undefined;
    from.setEncoding(isTerminal ? 'utf8' : 'latin1').on('data', (chunk: string) => this.#take(chunk));
  }

  /** One asks at a time. */
  has(text: string): Promise<true> {
    return new Promise((resolve) => {
      this.#hear = () => this.text.includes(text) && resolve(true);
      this.#hear();
    });
  }

  get text(): string {
    return this.#screen?.text ?? this.#said;
  }

  #take(chunk: string): void {
    if (this.#screen === undefined) this.#said = (this.#said + chunk).slice(-100_000);
    else this.#screen.write(chunk);
    this.#hear();
  }
}

/** Bochs’ gui/term.cc says `Bochs connected to screen "/dev/pts/3"`. */
const ownTerminal = (said: string): ReadStream => {
  const [, path] = /connected to screen "(\/dev\/pts\/\d+)"/.exec(said) ?? [];
  if (path === undefined) throw new Error(`it told of no terminal, but ${said}`);
  execFileSync('stty', ['-F', path, 'raw', '-echo']);
  const stream = new ReadStream(openSync(path, constants.O_RDWR | constants.O_NOCTTY));
  stream.on('error', () => {}); // It ends with who made it.
  return stream;
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
