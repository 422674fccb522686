/** A program that answers each question with a line, until its input ends. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { Readable, type Writable } from 'node:stream';
import type { Abort, Running } from '../../environment/index.ts';
import { exitOf, sinkOf } from './spawn.ts';

/** How long it may take to end once its input has, in ms. */
const endPatienceMs = 10_000;

const complaintMost = 2000;

export interface DialogueOptions {
  /** What it is called where it fails. */
  readonly name: string;
  readonly signal: Abort;
  /** How long an answer may take; undefined: as long as it takes. */
  readonly patienceMs?: number;
}

/** Whom nobody hears from any more: it ended, or took too long. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

export class Dialogue {
  readonly #running: Running;
  readonly #lines: AsyncIterator<string>;
  readonly #options: DialogueOptions;
  #hasEnded = false;
  /** What it complained about last. */
  #complaint = '';

  constructor(running: Running, options: DialogueOptions) {
    this.#running = running;
    this.#options = options;
    this.#lines = linesOf(running.stdout);
    void this.#hear(running.stderr);
    void running.exit.then(
      () => {
        this.#hasEnded = true;
      },
      () => {
        this.#hasEnded = true;
      },
    );
  }

  /** An abort while it is being answered sends SIGTERM, and throws once the answer is there. Throws NoAnswer. */
  async ask(question: string): Promise<string> {
    const { signal } = this.#options;
    signal.throwIfAborted();
    const hasten = (): void => this.#running.signal('SIGTERM');
    signal.addEventListener('abort', hasten, { once: true });
    try {
      await this.#running.stdin.write(Buffer.from(question));
      const line = await this.#nextLine();
      signal.throwIfAborted();
      if (line === undefined) throw this.#noAnswer(`gave no answer to ${question.replaceAll('\0', ' ').trim().slice(0, 200)}`);
      return line;
    } finally {
      signal.removeEventListener('abort', hasten);
    }
  }

  /** A line it says by itself. */
  async listen(): Promise<string> {
    const line = await this.#nextLine();
    if (line === undefined) throw this.#noAnswer('said nothing');
    return line;
  }

  /** What it was started by ends with it. */
  async close(): Promise<void> {
    if (this.#hasEnded) return;
    const killing = setTimeout(() => this.#running.signal('SIGKILL'), endPatienceMs);
    await this.#running.stdin.end();
    await this.#running.exit.catch(() => {});
    clearTimeout(killing);
  }

  #noAnswer(how: string): NoAnswer {
    const complaint = this.#complaint.trim().split('\n').at(-1) ?? '';
    return new NoAnswer(`${this.#options.name} ${how}${complaint === '' ? '' : `: ${complaint}`}`);
  }

  async #hear(stderr: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const chunk of stderr) this.#complaint = (this.#complaint + Buffer.from(chunk).toString()).slice(-complaintMost);
  }

  async #nextLine(): Promise<string | undefined> {
    const { patienceMs } = this.#options;
    const next = this.#lines.next().then(({ value, done }) => (done ? undefined : value));
    if (patienceMs === undefined) return next;
    const late = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => {
      // It may be in the middle of something: whatever comes later is nobody's answer.
      this.#running.signal('SIGKILL');
      late.resolve(undefined);
    }, patienceMs);
    return Promise.race([next, late.promise]).finally(() => clearTimeout(timer));
  }
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + Buffer.from(chunk).toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

/** A dialogue with a program of the host's. What it complains about goes where isola's own complaints go. */
export class HostDialogue extends Dialogue {
  readonly pid: number;

  /** `line`: its command line. A terminal's Ctrl-C does not meet it: whoever talks with it ends it in order. */
  static start(
    line: readonly string[],
    { env, ...options }: Omit<DialogueOptions, 'name'> & { readonly env?: NodeJS.ProcessEnv },
  ): HostDialogue {
    const [program = '', ...args] = line;
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], cwd: '/', detached: true, ...(env && { env }) });
    child.on('error', () => {});
    return new HostDialogue(child, { ...options, name: line.join(' ').slice(0, 200) });
  }

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>, options: DialogueOptions) {
    super(
      {
        stdin: sinkOf(child.stdin),
        stdout: child.stdout,
        stderr: Readable.from([]),
        exit: child.pid === undefined ? Promise.resolve({ code: 127, signal: null }) : exitOf(child),
        signal: (name) => void child.kill(name as NodeJS.Signals),
      },
      options,
    );
    this.pid = child.pid ?? 0;
  }
}
