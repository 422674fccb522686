/** The process of an emulated machine as it is in its jail, but outside of one, with the relay that leads to its agent. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { AgentSession, bootText } from '../../src/agent/index.ts';
import { nodeOptions } from '../../src/computer/machine/isola.ts';
import type { MachineDescription } from '../../src/computer/process/description.ts';
import { until } from '../../src/host/program/processes.ts';

const [guest, program] = ['.isola/guest', 'tools/join/start.cjs'].map((path) => join(import.meta.dirname, '../..', path)) as [
  string,
  string,
];

export interface Parts {
  /** Its snapshot, and the disk of its template. */
  readonly from: string;
  readonly base: string;
  readonly memoryBytes: number;
}

export class Killable {
  readonly #relay: ChildProcess;
  readonly #socket: string;

  private constructor(relay: ChildProcess, socket: string) {
    this.#relay = relay;
    this.#socket = socket;
  }

  /** Path of its disk, which stays from one to the next. Makes the directory. */
  static disk(place: string): string {
    mkdirSync(place, { recursive: true });
    return join(place, 'root.qcow2');
  }

  static async start(place: string, { from, base, memoryBytes }: Parts): Promise<Killable> {
    const running = join(place, 'running');
    rmSync(running, { recursive: true, force: true });
    mkdirSync(running);
    const [line, socket, kernelLog, rest] = ['line', 'agent', 'kernel.log', 'rest'].map((name) => join(running, name)) as [
      string,
      string,
      string,
      string,
    ];
    const root = { device: '/dev/nvme0n1', type: 'ext4', readOnly: false, bytes: statSync(base).size };
    const description: MachineDescription = {
      ...{
        kind: 'machine',
        processor: 'emulated',
        kvm: null,
        memoryBytes,
        cards: 1,
        from,
        root: Killable.disk(place),
        rest,
        cables: [line],
        kernelLog,
      },
      ...{ base: { path: base, format: 'raw', sizeBytes: statSync(base).size }, goesOn: false, isFleeting: false },
      ...{ code: null, learns: null, layers: running, nextLayer: 0, moment: running, control: join(running, 'control') },
      sockets: join(running, 'vsock'),
      files: null,
    };
    writeFileSync(kernelLog, '');
    writeFileSync(rest, bootText({ root, hostname: 'killable' }));
    writeFileSync(join(running, 'machine.json'), JSON.stringify(description));
    const relayed = ['--words', kernelLog, '--cable', `${guest}/cable`, line, 'line', socket];
    const relay = spawn(
      `${guest}/relay`,
      [...relayed, process.execPath, ...nodeOptions, program, 'machine', join(running, 'machine.json')],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    await until(() => readdirSync(running).includes('agent'), 10_000);
    return new Killable(relay, socket);
  }

  /** Lines of a command inside that goes on until its machine's process is killed, so long after the first of them. All that came are told. */
  async acknowledged(command: readonly [string, ...string[]], killAtMs: number, told: (line: string) => void): Promise<void> {
    const socket = connect(this.#socket);
    const over = new Promise((resolve) => this.#relay.once('close', resolve));
    socket.on('error', () => {});
    const session = new AgentSession({ input: socket, write: (bytes) => void (socket.destroyed || socket.write(bytes)) });
    await session.ready;
    const order = { command, env: { PATH: '/bin:/usr/bin:/sbin:/usr/sbin' }, workdir: '/', user: '0', terminal: undefined, tool: false };
    const { stdout, exit } = await session.start(order);
    exit.catch(() => {});
    let text = '';
    let timer: NodeJS.Timeout | undefined;
    try {
      for await (const bytes of stdout) {
        text += Buffer.from(bytes).toString();
        timer ??= setTimeout(() => process.kill(this.#emulator, 'SIGKILL'), killAtMs);
        const lines = text.split('\n');
        text = lines.pop() ?? '';
        for (const line of lines) told(line);
      }
    } catch (error) {
      if (timer === undefined) throw error;
    }
    await over;
  }

  /** The child of the relay that is no carrier of packets. */
  get #emulator(): number {
    const children = readFileSync(`/proc/${this.#relay.pid}/task/${this.#relay.pid}/children`, 'utf8').trim().split(' ').map(Number);
    const found = children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('machine.json'));
    if (found === undefined) throw new Error('its process has ended by itself');
    return found;
  }
}
