import { emptyInput } from '../../environment/command/empty.ts';
import type { Comparison, Deed, DoctorReport, EnvironmentRow, Input, Result } from '../../environment/command/index.ts';
import type { Abort, Call, DataVerb, Io, Progress, Supervisor, TechniqueName } from '../../environment/index.ts';
import { type CreateOptions, launchInput, type NewEnvironmentOptions, runInput } from './creation.ts';
import { EnvironmentHandle } from './environment.ts';
import { type ExecOptions, type ExecResult, finished, type Spawned, spawnedFrom } from './exec.ts';
import { Images } from './images.ts';

export interface IsolaOptions {
  /** Directory of the store; `ISOLA_STORE` or /var/lib/isola if left away. */
  readonly store?: string;
  /** Hears of the steps of something long. */
  readonly onProgress?: (progress: Progress) => void;
  /** Hears what isola decided for you, as sentences. */
  readonly onNote?: (sentence: string) => void;
}

/** How a command runs that gets an environment of its own. */
export type RunOptions = NewEnvironmentOptions & Pick<ExecOptions, 'stdin' | 'timeoutMs' | 'check'> & { readonly keep?: boolean };

/** What `compare` measures, and how long it may take. */
export interface CompareOptions {
  /** All that work on this host if left away. */
  readonly techniques?: readonly TechniqueName[];
  /** `quick`, which is usual: less than two minutes; `full`: less than fifteen, for narrower intervals. */
  readonly effort?: 'quick' | 'full';
  /** Measure nothing: the last result of this host. Throws `never-compared`. */
  readonly last?: boolean;
  /** Where to draw it, as SVG. */
  readonly chart?: string;
  /** Where to write it, as a Markdown table. */
  readonly markdown?: string;
  readonly signal?: Abort;
}

/**
 * One store of environments and images. Everything the command line can do, for programs; both may be used on the same store at the
 * same time. Methods throw a `Refusal` with a stable `code`, a sentence and a `remedy`.
 *
 * @example
 * await using isola = await Isola.open();
 * await using box = await isola.create('debian/12', { memory: '512M' });
 * const { stdout } = await box.exec(['cat', '/etc/os-release']);
 */
export class StoreHandle implements AsyncDisposable {
  readonly images: Images;
  readonly #supervisor: Supervisor;
  readonly #options: IsolaOptions;

  constructor(supervisor: Supervisor, options: IsolaOptions) {
    this.#supervisor = supervisor;
    this.#options = options;
    this.images = new Images(this);
  }

  /**
   * Makes an environment from an image and starts it. Unless told otherwise it runs nothing but an init that waits for `exec`, and
   * is deleted when it is disposed of, or when this process ends without doing so.
   */
  async create(image: string, options: CreateOptions = {}): Promise<EnvironmentHandle> {
    const input = await launchInput(image, options);
    const call = this.call(options.signal);
    const ephemeral = options.ephemeral ?? true;
    const launched = ephemeral
      ? await this.#supervisor.launchBound(input, call)
      : (await this.#supervisor.submit('launch', input, call))[0];
    if (launched === undefined) throw new Error('launch answered without an environment');
    return new EnvironmentHandle(this, this.#supervisor, launched.name, launched.id, ephemeral);
  }

  /**
   * Runs one command in a fresh environment to its end, collects what it prints, and removes the environment. The image's own command
   * if none is given.
   */
  async run(image: string, command: readonly string[] = [], options: RunOptions = {}): Promise<ExecResult> {
    const start = performance.now();
    return finished(await this.spawn(image, command, options), command, options, start);
  }

  /** The same as a stream of events. Disposing of it before its end kills the command. */
  async spawn(
    image: string,
    command: readonly string[] = [],
    { stdin, check: _check, keep = false, ...options }: RunOptions = {},
  ): Promise<Spawned> {
    const pipes: Io = { kind: 'pipes' };
    const input = { ...(await runInput(image, command, options)), keep };
    const running = await this.#supervisor.run(input, pipes, this.call(options.signal));
    return spawnedFrom(running, { ...(stdin !== undefined && { stdin }), ...(options.signal && { signal: options.signal }) });
  }

  /** A handle on an environment that is there. Throws `unknown-environment`. */
  async get(name: string, signal?: Abort): Promise<EnvironmentHandle> {
    const { id, name: found } = await this.do('show', { name }, signal);
    return new EnvironmentHandle(this, this.#supervisor, found, id, false);
  }

  list(signal?: Abort): Promise<readonly EnvironmentRow[]> {
    return this.do('list', {}, signal);
  }

  /** Starts those that have an `onboot` order, in that order. */
  startOnboot(signal?: Abort): Promise<readonly Deed[]> {
    return this.do('start', { onboot: true }, signal);
  }

  /** Measures what each technique costs on this host, against the host itself. */
  compare(image?: string, { effort = 'quick', signal, ...options }: CompareOptions = {}): Promise<Comparison> {
    return this.do('compare', { image, ...options, full: effort === 'full' }, signal);
  }

  /** Checks host and store; with `repair`, finishes interrupted work and removes left-overs. */
  doctor({ repair = false, signal }: { readonly repair?: boolean; readonly signal?: Abort } = {}): Promise<DoctorReport> {
    return this.do('doctor', { repair }, signal);
  }

  version(signal?: Abort): Promise<Result<'version'>> {
    return this.do('version', {}, signal);
  }

  /** Any verb of the command line that answers with data, with its options by their names in code; see docs/commands.md. */
  async do<V extends DataVerb>(verb: V, input: Partial<Input<V>>, signal?: Abort): Promise<Result<V>> {
    signal?.throwIfAborted();
    const whole = { ...(await emptyInput(verb)), ...input } as Input<V>;
    return this.#supervisor.submit(verb, whole, this.call(signal));
  }

  /** What goes along with every call. */
  call(signal: Abort | undefined): Call {
    return {
      signal: signal ?? new AbortController().signal,
      progress: (progress) => this.#options.onProgress?.(progress),
      say: (sentence) => this.#options.onNote?.(sentence),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#supervisor[Symbol.dispose]();
  }
}
