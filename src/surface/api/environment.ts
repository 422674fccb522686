import type { Input, UsageRow } from '../../environment/command/index.ts';
import { verbs } from '../../environment/command/index.ts';
import type { Abort, Io, Supervisor } from '../../environment/index.ts';
import { type ExecOptions, type ExecResult, finished, type Spawned, spawnedFrom } from './exec.ts';
import { readFile, writeFile } from './file.ts';
import { emptyInput, type StoreHandle } from './isola.ts';

type LaunchInput = Input<'launch'>;

/** What may be said of a new environment. Sizes as numbers of bytes or as on the command line (`512M`). */
export interface CreateOptions {
  readonly name?: string;
  readonly technique?: string;
  /** Program and arguments to run as its first process. */
  readonly command?: readonly string[];
  /** Boot the image's init system instead of waiting for `exec`. */
  readonly boot?: boolean;
  /** Deleted when disposed of, and with this process; true unless said otherwise. */
  readonly ephemeral?: boolean;
  /** Resolve only when it is ready. */
  readonly wait?: boolean;
  readonly memory?: number | string;
  readonly swap?: number | string;
  readonly disk?: number | string;
  readonly cpus?: number;
  readonly cpuWeight?: number;
  readonly cpuset?: string;
  readonly pids?: number;
  /** Bits per second, each way. */
  readonly networkRate?: number | string;
  readonly network?: 'bridge' | 'none' | 'host';
  readonly address?: string;
  /** `8080:80`, `0.0.0.0:53:53/udp`. */
  readonly ports?: readonly (number | string)[];
  /** `/host:/inside[:ro]`. */
  readonly volumes?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly workdir?: string;
  readonly user?: string;
  readonly hostname?: string;
  readonly root?: 'auto' | 'copy' | 'overlay';
  readonly userns?: 'private' | 'host';
  readonly seccomp?: 'default' | 'unconfined';
  readonly capAdd?: readonly string[];
  readonly capDrop?: readonly string[];
  readonly signal?: Abort;
}

/** One environment. `await using` deletes an ephemeral one at the end of the block. */
export class EnvironmentHandle implements AsyncDisposable {
  readonly name: string;
  readonly id: string;
  readonly #isola: StoreHandle;
  readonly #supervisor: Supervisor;
  readonly #deletes: boolean;

  constructor(isola: StoreHandle, supervisor: Supervisor, name: string, id: string, deletes: boolean) {
    this.#isola = isola;
    this.#supervisor = supervisor;
    this.name = name;
    this.id = id;
    this.#deletes = deletes;
  }

  /**
   * Runs a command to its end and collects what it prints. A status other than 0 is an answer, not an error, unless `check` is
   * set; a command that could not be started throws `command-not-found` or `command-not-executable`.
   */
  async exec(command: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    const start = performance.now();
    return finished(await this.spawn(command, options), command, options, start);
  }

  /** Starts a command whose output is read as it comes: an async iterable of events, ending with `exit`. */
  async spawn(command: readonly string[], options: Omit<ExecOptions, 'check'> = {}): Promise<Spawned> {
    const pipes: Io = { kind: 'pipes' };
    const input = {
      ...((await emptyInput('exec')) as Input<'exec'>),
      name: this.id,
      command,
      env: Object.entries(options.env ?? {}),
      workdir: options.workdir,
      user: options.user,
      timeout: options.timeoutMs as Input<'exec'>['timeout'],
    };
    const running = await this.#supervisor.exec(input, pipes, this.#isola.call(options.signal));
    return spawnedFrom(running, options);
  }

  /** The contents of a file inside. */
  readFile(path: string): Promise<Uint8Array> {
    return readFile(this.#supervisor.files(this.id, this.#isola.call(undefined)), `${this.name}:${path}`, path);
  }

  /** Writes a file inside, its directory made if need be; owner root, mode 644 unless said otherwise. */
  writeFile(path: string, content: string | Uint8Array, options: { readonly mode?: number } = {}): Promise<void> {
    return writeFile(this.#supervisor.files(this.id, this.#isola.call(undefined)), path, content, options.mode ?? 0o644);
  }

  /** Copies a host file or directory in, as `isola cp` does. */
  async upload(hostPath: string, path: string, signal?: Abort): Promise<void> {
    await this.#isola.do('cp', { source: hostPath, target: `${this.name}:${path}` }, signal);
  }

  async download(path: string, hostPath: string, signal?: Abort): Promise<void> {
    await this.#isola.do('cp', { source: `${this.name}:${path}`, target: hostPath }, signal);
  }

  async start(signal?: Abort): Promise<void> {
    await this.#isola.do('start', { names: [this.id] }, signal);
  }

  async stop(options: { readonly force?: boolean; readonly signal?: Abort } = {}): Promise<void> {
    await this.#isola.do('stop', { names: [this.id], force: options.force ?? false }, options.signal);
  }

  async pause(signal?: Abort): Promise<void> {
    await this.#isola.do('pause', { names: [this.id] }, signal);
  }

  async resume(signal?: Abort): Promise<void> {
    await this.#isola.do('resume', { names: [this.id] }, signal);
  }

  /** Waits for `stopped`, `running`, `ready`, `port:N` or `log:/regex/`. */
  async waitFor(what: string, options: { readonly timeoutMs?: number; readonly signal?: Abort } = {}): Promise<void> {
    await this.#isola.do('wait', { name: this.id, for: what, timeout: options.timeoutMs as Input<'wait'>['timeout'] }, options.signal);
  }

  async stats(signal?: Abort): Promise<UsageRow> {
    const [usage] = await this.#isola.do('stats', { names: [this.id] }, signal);
    if (usage === undefined) throw new Error('stats answered without a reading');
    return usage;
  }

  async snapshot(name?: string, signal?: Abort): Promise<string> {
    const [taken] = await this.#isola.do('snapshot create', { name: this.id, snapshot: name }, signal);
    return taken?.name ?? '';
  }

  async delete(signal?: Abort): Promise<void> {
    await this.#isola.do('delete', { names: [this.id], force: true }, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#deletes) await this.delete();
  }
}

/** Texts are read as the command line reads them; numbers are taken as they are. */
export const launchInput = async (image: string, options: CreateOptions): Promise<LaunchInput> => {
  const { options: table } = await verbs.launch();
  const read = <K extends keyof LaunchInput & keyof typeof table>(key: K, given: unknown): object => {
    if (given === undefined) return {};
    const parse = (one: unknown) => (typeof one === 'string' || key === 'publish' ? table[key].parse(String(one)) : one);
    return { [key]: Array.isArray(given) ? given.map(parse) : parse(given) };
  };
  return {
    ...((await emptyInput('launch')) as LaunchInput),
    image,
    names: options.name === undefined ? [] : [options.name],
    command: options.command ?? [],
    hold: options.command === undefined && options.boot !== true,
    ephemeral: options.ephemeral ?? true,
    wait: options.wait ?? false,
    env: Object.entries(options.env ?? {}),
    ...read('technique', options.technique),
    ...read('memoryBytes', options.memory),
    ...read('swapBytes', options.swap),
    ...read('diskBytes', options.disk),
    ...read('cpus', options.cpus),
    ...read('cpuWeight', options.cpuWeight),
    ...read('cpuset', options.cpuset),
    ...read('pids', options.pids),
    ...read('networkBits', options.networkRate),
    ...read('network', options.network),
    ...read('address', options.address),
    ...read('publish', options.ports),
    ...read('volume', options.volumes),
    ...read('workdir', options.workdir),
    ...read('user', options.user),
    ...read('hostname', options.hostname),
    ...read('root', options.root),
    ...read('userns', options.userns),
    ...read('seccomp', options.seccomp),
    ...read('capAdd', options.capAdd),
    ...read('capDrop', options.capDrop),
  };
};
