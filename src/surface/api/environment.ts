import { emptyInput } from '../../environment/command/empty.ts';
import type { EnvironmentDetail, Input, Result, UsageRow } from '../../environment/command/index.ts';
import type { Abort, Exit, Io, Running, Supervisor, TerminalSize } from '../../environment/index.ts';
import { abortable, unlessAborted } from './abort.ts';
import { type Console, consoleFrom, type LoggedLine, loggedLines } from './console.ts';
import { type ChangeOptions, setInput } from './creation.ts';
import { type ExecOptions, type ExecResult, finished, type Spawned, spawnedFrom } from './exec.ts';
import { readFile, writeFile } from './file.ts';
import type { StoreHandle } from './isola.ts';
import { Snapshots } from './snapshots.ts';

export interface StopOptions {
  /** Kill at once. */
  readonly force?: boolean;
  /** Time between asking and killing; as it was created if left away. */
  readonly graceMs?: number;
  readonly signal?: Abort;
}

export interface LogOptions {
  /** Go on as more comes, until it ends. */
  readonly follow?: boolean;
  /** Only so many of the last lines. */
  readonly last?: number;
  readonly signal?: Abort;
}

/** What can be waited for. */
export type Awaited = 'stopped' | 'running' | 'ready' | `port:${number}` | `log:/${string}/`;

/** One environment. `await using` deletes an ephemeral one at the end of the block. */
export class EnvironmentHandle implements AsyncDisposable {
  readonly id: string;
  readonly snapshots: Snapshots;
  readonly #isola: StoreHandle;
  readonly #supervisor: Supervisor;
  readonly #deletes: boolean;
  #name: string;

  constructor(isola: StoreHandle, supervisor: Supervisor, name: string, id: string, deletes: boolean) {
    this.#isola = isola;
    this.#supervisor = supervisor;
    this.#name = name;
    this.id = id;
    this.#deletes = deletes;
    this.snapshots = new Snapshots(isola, id);
  }

  get name(): string {
    return this.#name;
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
      ...(await emptyInput('exec')),
      name: this.id,
      command,
      env: Object.entries(options.env ?? {}),
      workdir: options.workdir,
      user: options.user,
      timeout: options.timeoutMs as Input<'exec'>['timeout'],
    };
    return spawnedFrom(await this.#supervisor.exec(input, pipes, this.#isola.call(options.signal)), options);
  }

  /** Opens a shell on this process's own standard streams, on a terminal where they are one; resolves when it ends. */
  async shell(options: Pick<ExecOptions, 'env' | 'workdir' | 'user' | 'signal'> = {}): Promise<Exit> {
    const terminal = Boolean(process.stdin.isTTY && process.stdout.isTTY);
    const { env = {}, workdir, user } = options;
    const input = { name: this.id, env: Object.entries(env), workdir, user };
    const io: Io = { kind: 'inherit', terminal, stdin: true };
    const running: Running = await this.#supervisor.shell(input, io, this.#isola.call(options.signal));
    return spawnedFrom(running, options).exit;
  }

  /** Attaches to the console of its first process. */
  async console({ size, signal }: { readonly size?: TerminalSize; readonly signal?: Abort } = {}): Promise<Console> {
    signal?.throwIfAborted();
    const attached = await this.#supervisor.console({ name: this.id }, size ?? null, this.#isola.call(signal));
    return consoleFrom(attached, signal);
  }

  /** What its first process has printed, line by line. */
  logs({ follow = false, last, signal }: LogOptions = {}): AsyncIterable<LoggedLine> {
    const input: Input<'logs'> = { name: this.id, follow, last, timestamps: true };
    return loggedLines(abortable(this.#supervisor.logs(input, this.#isola.call(signal)), signal));
  }

  /** The contents of a file inside. */
  readFile(path: string, signal?: Abort): Promise<Uint8Array> {
    const files = this.#supervisor.files(this.id, this.#isola.call(signal));
    return unlessAborted(readFile(files, `${this.name}:${path}`, path), signal);
  }

  /** Writes a file inside, its directory made if need be; owner root, mode 644 unless said otherwise. */
  writeFile(
    path: string,
    content: string | Uint8Array,
    { mode = 0o644, signal }: { readonly mode?: number; readonly signal?: Abort } = {},
  ): Promise<void> {
    return unlessAborted(writeFile(this.#supervisor.files(this.id, this.#isola.call(signal)), path, content, mode), signal);
  }

  /** Copies a host file or directory in, as `isola cp` does. */
  upload(hostPath: string, path: string, options: { readonly archive?: boolean; readonly signal?: Abort } = {}): Promise<Result<'cp'>> {
    return this.#copy(hostPath, `${this.id}:${path}`, options);
  }

  /** Copies a file or directory out. */
  download(path: string, hostPath: string, options: { readonly archive?: boolean; readonly signal?: Abort } = {}): Promise<Result<'cp'>> {
    return this.#copy(`${this.id}:${path}`, hostPath, options);
  }

  async start(signal?: Abort): Promise<void> {
    await this.#isola.do('start', { names: [this.id] }, signal);
  }

  /** Asks it to end, waits, then kills it. An ephemeral one is gone then. */
  async stop({ force = false, graceMs, signal }: StopOptions = {}): Promise<void> {
    await this.#isola.do('stop', { names: [this.id], force, grace: graceMs as Input<'stop'>['grace'] }, signal);
  }

  async restart({ force = false, graceMs, signal }: StopOptions = {}): Promise<void> {
    await this.#isola.do('restart', { names: [this.id], force, grace: graceMs as Input<'restart'>['grace'] }, signal);
  }

  /** Freezes it: nothing inside runs, memory stays. */
  async pause(signal?: Abort): Promise<void> {
    await this.#isola.do('pause', { names: [this.id] }, signal);
  }

  async resume(signal?: Abort): Promise<void> {
    await this.#isola.do('resume', { names: [this.id] }, signal);
  }

  /** Changes limits and the like, while it runs where possible. */
  async set(change: ChangeOptions): Promise<void> {
    await this.#isola.do('set', await setInput(this.id, change), change.signal);
  }

  /** Others resolve the new name at once; the host name inside changes with its next start. */
  async rename(newName: string, signal?: Abort): Promise<void> {
    await this.#isola.do('rename', { name: this.id, newName }, signal);
    this.#name = newName;
  }

  /** Makes another one from its files as they are now, or as a snapshot kept them. It stays until it is deleted. */
  async clone(
    newName: string,
    { snapshot, start = false, signal }: { readonly snapshot?: string; readonly start?: boolean; readonly signal?: Abort } = {},
  ): Promise<EnvironmentHandle> {
    const source = snapshot === undefined ? this.id : `${this.id}/${snapshot}`;
    await this.#isola.do('clone', { source, names: [newName], start }, signal);
    return this.#isola.get(newName);
  }

  /** Everything isola knows about it. */
  show(signal?: Abort): Promise<EnvironmentDetail> {
    return this.#isola.do('show', { name: this.id }, signal);
  }

  /** Waits for a state, a port that accepts connections, or a line of its log. Throws `wait-timed-out`. */
  waitFor(what: Awaited, options: { readonly timeoutMs?: number; readonly signal?: Abort } = {}): Promise<Result<'wait'>> {
    const timeout = options.timeoutMs as Input<'wait'>['timeout'];
    return unlessAborted(this.#isola.do('wait', { name: this.id, for: what, timeout }, options.signal), options.signal);
  }

  async stats(signal?: Abort): Promise<UsageRow> {
    const [usage] = await this.#isola.do('stats', { names: [this.id] }, signal);
    if (usage === undefined) throw new Error('stats answered without a reading');
    return usage;
  }

  /** Kills and removes it, with its files and snapshots. Nothing happens where it is gone already. */
  async delete(signal?: Abort): Promise<void> {
    await this.#isola.do('delete', { names: [this.id], force: true }, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#deletes) await this.delete();
  }

  #copy(source: string, target: string, { archive = false, signal }: { readonly archive?: boolean; readonly signal?: Abort }) {
    return this.#isola.do('cp', { source, target, archive }, signal);
  }
}
