/** QEMU's devices, its processor stopped: the qtest protocol (QEMU docs/devel/testing/qtest) for ports and memory, QMP for what a monitor shows. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';

export interface Ppm {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

export class Qtest implements AsyncDisposable {
  readonly #directory: string;
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #monitor: Socket;
  readonly #events: AsyncIterator<string>;
  readonly #batch: { readonly command: string; readonly answer: number | undefined }[] = [];

  private constructor(directory: string, process: ChildProcess, answers: Interface, monitor: Socket) {
    this.#directory = directory;
    this.#process = process;
    this.#answers = answers[Symbol.asyncIterator]();
    this.#monitor = monitor;
    this.#events = createInterface(monitor)[Symbol.asyncIterator]();
  }

  static async start(options: readonly string[]): Promise<Qtest> {
    const directory = mkdtempSync(join(tmpdir(), 'isola-qtest-'));
    const path = join(directory, 'monitor');
    const line = [
      '-machine',
      'pc,accel=tcg',
      '-S',
      '-qtest',
      'stdio',
      '-display',
      'none',
      '-nodefaults',
      '-qmp',
      `unix:${path},server=on,wait=on`,
    ];
    const child = spawn('qemu-system-x86_64', [...line, ...options], { stdio: ['pipe', 'pipe', 'ignore'] });
    const monitor = await connected(path, child);
    const one = new Qtest(directory, child, createInterface(child.stdout), monitor);
    await one.#events.next();
    await one.#ask('qmp_capabilities', {});
    return one;
  }

  /** Is sent with the next flush: `outb 0x3c2 0x67`, `writeb 0xa0000 1`, `inb 0x3cc`. What it answers is to be that, where something is told. */
  say(command: string, answer?: number): void {
    this.#batch.push({ command, answer });
  }

  /** The first answer that is another one. */
  async flush(): Promise<string | undefined> {
    const sent = this.#batch.splice(0);
    this.#process.stdin?.write(sent.map(({ command }) => `${command}\n`).join(''));
    let wrong: string | undefined;
    for (const [index, { command, answer }] of sent.entries()) {
      const { value, done } = await this.#answers.next();
      if (done === true || !value.startsWith('OK')) throw new Error(`${command}: ${value}`);
      if (answer !== undefined && Number(value.split(' ')[1]) !== answer)
        wrong ??= `${command} is ${value.slice(3)}, not ${answer}; ${index} of ${sent.length}, before it ${sent
          .slice(Math.max(index - 12, 0), index)
          .map((one) => one.command)
          .join(', ')}`;
    }
    return wrong;
  }

  async screen(): Promise<Ppm> {
    const path = join(this.#directory, 'screen.ppm');
    // What is dumped first is of the size before.
    for (let time = 0; time < 2; time++) await this.#ask('screendump', { filename: path });
    const bytes = readFileSync(path);
    const head = /^P6\n(\d+) (\d+)\n255\n/.exec(bytes.toString('latin1', 0, 30)) ?? [];
    return { width: Number(head[1]), height: Number(head[2]), rgb: bytes.subarray(head[0]?.length ?? 0) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#monitor.destroy();
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
    rmSync(this.#directory, { recursive: true });
  }

  async #ask(execute: string, args: Readonly<Record<string, unknown>>): Promise<void> {
    this.#monitor.write(`${JSON.stringify({ execute, arguments: args })}\n`);
    for (;;) {
      const { value, done } = await this.#events.next();
      if (done === true) throw new Error(`${execute}: QEMU has gone`);
      const answer = JSON.parse(value) as { readonly return?: unknown; readonly error?: unknown };
      if (answer.error !== undefined) throw new Error(`${execute}: ${value}`);
      if (answer.return !== undefined) return;
    }
  }
}

/** As soon as it listens. */
const connected = async (path: string, child: ChildProcess): Promise<Socket> => {
  while (child.exitCode === null) {
    const socket = connect(path);
    const isThere = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false)]).catch(
      () => false,
    );
    if (isThere) return socket;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`qemu-system-x86_64 ended with ${child.exitCode}`);
};
