/**
 * A technique whose environments are directories of the host, and whose commands are the host's processes: as slow as it is told to be, for
 * it does every order of the measuring program so many times over.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Definition,
  type Environment,
  type ExecRequest,
  type Io,
  type Observed,
  Refusal,
  type Running,
  type Spec,
  type Technique,
  type TechniqueName,
  type Verdict,
} from '../../src/environment/index.ts';
import { readIfThere } from '../../src/host/file/files.ts';
import { unpackFiles } from '../../src/host/file/tar.ts';
import { start } from '../../src/host/program/spawn.ts';

export interface Manners {
  /** How many times over it does what it is asked to do. */
  readonly slowness: number;
  /** How much of a second its clock shows after one. */
  readonly clock?: number;
  readonly network?: boolean;
  /** What it says before it works at all. */
  readonly missing?: string;
  /** The work at whose order it says nothing more. */
  readonly diesAt?: string;
}

const idleBytes = 3 * 2 ** 20;

export class MemoryTechnique implements Technique {
  readonly name: TechniqueName;
  readonly shelf = 'memory';
  readonly access = { processor: 'all', memory: 'all', disk: 'a directory', network: 'the host’s', devices: 'all', 'host files': 'all' };
  readonly leansOn = ['coreutils'];
  /** Directories of the environments that are there, by id. */
  readonly places = new Map<string, string>();
  readonly manners: Manners;

  constructor(name: TechniqueName, manners: Manners) {
    this.name = name;
    this.manners = manners;
  }

  async probe(): Promise<Verdict> {
    const { missing } = this.manners;
    return missing === undefined ? { ok: true, notes: ['made up'] } : { ok: false, missing, remedy: 'imagine it' };
  }

  async check({ network }: Spec): Promise<void> {
    if (network === 'bridge' && this.manners.network === false) throw new Refusal('facet-absent', [this.name, 'a bridge', 'leave it away']);
  }

  async expect(): Promise<void> {}

  open(definition: Definition): Environment {
    return new MemoryEnvironment(definition, this);
  }

  get shares(): object {
    return this;
  }

  async sweep(): Promise<readonly string[]> {
    return [];
  }

  async rest(): Promise<void> {}
}

class MemoryEnvironment implements Environment {
  readonly definition: Definition;
  readonly can: Environment['can'];
  readonly #technique: MemoryTechnique;
  readonly #pids: number[] = [];

  constructor(definition: Definition, technique: MemoryTechnique) {
    this.definition = definition;
    this.#technique = technique;
    this.can = {
      exec: { exec: (request) => this.#exec(request) },
      files: {
        kind: async () => null,
        put: async (tar, directory) => {
          mkdirSync(this.#inside(directory), { recursive: true });
          await unpackFiles(tar, this.#inside(directory), { keepOwners: false });
        },
        get: () => {
          throw new Error('nobody gets anything');
        },
        remove: async () => {},
      },
      usage: {
        read: async () => ({
          cpu: { usedSeconds: this.#usedSeconds(), limitCpus: null, throttledPeriods: null, throttledSeconds: null },
          memory: { used: idleBytes, limit: null, hits: null, oomKills: null },
          pids: { used: 1, limit: null, hits: null },
          ...{ disk: null, io: null, network: null },
        }),
      },
    };
  }

  async create() {
    this.#technique.places.set(this.definition.id, mkdtempSync(join(tmpdir(), 'isola-memory-')));
    return { kind: 'directory', reason: 'it is made up' };
  }

  async start(): Promise<void> {}

  run(io: Io): Promise<Running> {
    const [program = '', ...args] = this.definition.spec.command;
    return start(program, args, io);
  }

  async observe(): Promise<Observed> {
    return { phase: this.#technique.places.has(this.definition.id) ? 'running' : 'stopped', pid: null, exit: null };
  }

  async stop() {
    return { killed: false };
  }

  async settle() {
    return null;
  }

  async destroy(): Promise<void> {
    const place = this.#technique.places.get(this.definition.id);
    if (place !== undefined) rmSync(place, { recursive: true, force: true });
    this.#technique.places.delete(this.definition.id);
  }

  describe() {
    return { keeper: 'needs none', rootPath: '/', userIds: null } as const;
  }

  /** Without children; proc_pid_schedstat, its first field: linux Documentation/scheduler/sched-stats.rst. */
  #usedSeconds(): number {
    const read = (pid: number): number => Number((readIfThere(`/proc/${pid}/schedstat`) ?? '0').split(' ')[0]) / 1e9;
    return this.#pids.reduce((sum, pid) => sum + read(pid), 0);
  }

  #inside(path: string): string {
    const place = this.#technique.places.get(this.definition.id);
    if (place === undefined || !existsSync(place)) throw new Error(`${this.definition.name} is gone`);
    return path.startsWith('/') ? place + path : path;
  }

  async #exec({ command, io }: ExecRequest): Promise<Running> {
    const { slowness, clock = 1, diesAt } = this.#technique.manners;
    const [program = '', ...args] = command.map((word) => this.#inside(word));
    const running = await start(program, args, io);
    this.#pids.push(running.pid);
    const write = async (chunk: Uint8Array): Promise<void> => {
      const [work = '', loops, processor] = Buffer.from(chunk).toString().trim().split(' ');
      if (work === diesAt) return running.signal('SIGKILL');
      await running.stdin.write(Buffer.from(`${work} ${Math.round(Number(loops) * slowness)} ${processor}\n`));
    };
    return { ...running, stdin: { write, end: () => running.stdin.end() }, stdout: slowed(running.stdout, clock) };
  }
}

/** The times of another clock. */
async function* slowed(chunks: AsyncIterable<Uint8Array>, clock: number): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    const text = Buffer.from(chunk).toString();
    yield Buffer.from(
      clock === 1 ? text : text.replace(/^(\d+) (\d+)$/gm, (_, wall, cpu) => `${Math.round(wall * clock)} ${Math.round(cpu * clock)}`),
    );
  }
}
