/** The process of a machine, outside of a jail, with a guest of a few instructions that sends letters. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { computerOf } from '../../src/computer/process/computer.ts';
import { factsOf, type MachineDescription } from '../../src/computer/process/description.ts';
import { saveSnapshot } from '../../src/computer/snapshot/index.ts';
import { until } from '../../src/host/program/processes.ts';
import { type Disk, instant } from '../../src/machine/index.ts';
import { begin } from './computer.ts';

const memoryBytes = 4 * 1024 ** 2;
const program = join(import.meta.dirname, '../../src/cli.ts');
const none: Disk = { sizeBytes: 2 ** 20, isReadOnly: true, read: () => true, write: () => false, flush: () => true };

/** What one is told, in a directory with all that it needs, and a snapshot of a computer that is about to send its first letter. */
export const described = (place: string): MachineDescription => {
  const [layers, moment, root] = [join(place, 'layers'), join(place, 'moment'), join(place, 'disk.img')];
  for (const path of [layers, moment]) mkdirSync(path);
  writeFileSync(root, new Uint8Array(2 ** 20));
  linkSync(root, join(layers, '0'));
  for (const name of ['rest', 'kernel.log']) writeFileSync(join(place, name), '');
  const shape = { memoryBytes, cards: 1, level: 'x86-64-v1' } as const;
  const from = join(place, 'outset');
  const silent = { transmit: () => {} };
  const start = (): never => {
    throw new Error('it begins by nothing');
  };
  const pc = computerOf(shape, {
    ...{ now: () => instant(0n), disks: [none, none], cables: [], files: { ask: () => {} }, lines: [silent, silent, silent], start },
    ...{ balloon: { released: () => {}, lent: () => {} }, sockets: { sent: () => {}, onRoom: () => {} }, panicked: () => {} },
  });
  begin({ pc });
  saveSnapshot(pc, from, factsOf(shape));
  return {
    ...{ kind: 'machine', processor: 'kvm', kvm: '/dev/kvm', ...shape, from, goesOn: false, code: null, learns: null, root, base: null },
    ...{ isFleeting: false, layers, nextLayer: 0, moment, control: join(place, 'control'), sockets: join(place, 'vsock') },
    ...{ rest: join(place, 'rest'), cables: [], files: null, kernelLog: join(place, 'kernel.log') },
  };
};

export class MachineProcess implements AsyncDisposable {
  /** What its first serial port sent, and what it says itself. */
  sent = '';
  said = '';
  readonly #control: string;
  readonly #child: ChildProcess;
  readonly #end: Promise<unknown>;

  constructor(description: MachineDescription) {
    const path = `${description.control}.json`;
    writeFileSync(path, JSON.stringify(description));
    this.#control = description.control;
    this.#child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, 'machine', path], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.#end = once(this.#child, 'exit');
    this.#child.stdout?.on('data', (bytes) => {
      this.sent += bytes;
    });
    this.#child.stderr?.on('data', (bytes) => {
      this.said += bytes;
    });
  }

  /** Until it has sent so many letters more. */
  async letters(count: number): Promise<void> {
    const wanted = this.sent.length + count;
    const came = await until(() => this.sent.length >= wanted || this.#child.exitCode !== null, 20_000);
    if (this.sent.length < wanted) throw new Error(`${came}: it sent ${this.sent}, and said ${this.said}`);
  }

  async order(line: string): Promise<string> {
    const socket = connect(this.#control);
    socket.write(`${line}\n`);
    let said = '';
    for await (const bytes of socket) {
      said += bytes;
      if (said.endsWith('\n')) break;
    }
    return said.trimEnd();
  }

  /** With what runs its programs, which a jail would end: it is of another domain of Landlock's, and no word of this one's death gets there. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { pid } = this.#child;
    this.#child.kill('SIGTERM');
    await this.#end;
    if (pid !== undefined) endGroup(pid);
  }
}

const endGroup = (group: number): void => {
  try {
    process.kill(-group, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
};
