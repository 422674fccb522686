/** A computer whose guest carries what it is told to, one after the other, and how long that takes by the host's clock. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { cpuSecondsOf } from '../boot/watched.ts';
import { preparation, type Step, steps } from './guest.ts';

export interface Carried {
  readonly wallMs: number;
  /** Of the processes that emulate, in seconds. */
  readonly cpuSeconds: number;
}

/** To be up, and for each step: the guest's program gives up sooner. */
const patienceMs = 300_000;

export class Machine implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #beside: readonly ChildProcess[];
  readonly #lines: string[] = [];
  #hear: (line: string | undefined) => void = () => {};
  #steps = 0;

  private constructor([program = '', ...args]: readonly string[], env: NodeJS.ProcessEnv, beside: readonly ChildProcess[]) {
    this.#beside = beside;
    this.#child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'ignore'] });
    this.#child.stdin?.on('error', () => {}); // It may end while it is spoken to.
    const lines = createInterface({ input: this.#child.stdout! });
    lines.on('line', (line) => {
      this.#lines.push(line);
      this.#hear(line);
    });
    lines.on('close', () => this.#hear(undefined));
  }

  /** `beside`: what carries packets for it. Throws where it doesn't boot. */
  static async boot(line: readonly string[], env: NodeJS.ProcessEnv, beside: readonly ChildProcess[] = []): Promise<Machine> {
    const machine = new Machine(line, env, beside);
    try {
      await machine.#until(' up');
      machine.#type(`${preparation()}; echo "@prepa""red"`);
      await machine.#until('@prepared');
      return machine;
    } catch (error) {
      await machine[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Throws where not all was carried, or not in time. */
  async carry(step: Step, bytes: number): Promise<Carried> {
    const name = `${this.#steps++}`;
    this.#type(`/carry ${name} ${steps[step].join(' ')} ${bytes}`);
    await this.#until(`@${name} begins`);
    const [begun, before] = [performance.now(), this.#cpuSeconds];
    await this.#until(`@${name} ends`);
    return { wallMs: performance.now() - begun, cpuSeconds: this.#cpuSeconds - before };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'close');
  }

  get #cpuSeconds(): number {
    return [this.#child, ...this.#beside].reduce((sum, { pid = 0 }) => sum + (cpuSecondsOf(pid) ?? 0), 0);
  }

  #type(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  async #until(text: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (why: string): void => reject(new Error(`it ${why}, and said last: ${this.#lines.slice(-12).join(' | ')}`));
    const timer = setTimeout(() => leave(`took too long to say ${text}`), patienceMs);
    this.#hear = (line) => {
      if (line === undefined) leave('ended');
      else if (line.includes(text)) resolve();
      else if (/^@\w+ fails/.test(line)) leave('failed');
    };
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#hear = () => {};
    }
  }
}
