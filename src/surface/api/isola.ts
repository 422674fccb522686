import type { EnvironmentRow, ImageRow, Input, VerbName } from '../../environment/command/index.ts';
import { verbs } from '../../environment/command/index.ts';
import { type Abort, type Call, type DataVerb, type Progress, Refusal, type Supervisor } from '../../environment/index.ts';
import { type CreateOptions, EnvironmentHandle, launchInput } from './environment.ts';

export interface IsolaOptions {
  /** Directory of the store; `ISOLA_STORE` or /var/lib/isola if left away. */
  readonly store?: string;
  /** Hears of the steps of something long. */
  readonly onProgress?: (progress: Progress) => void;
  /** Hears what isola decided for you, as sentences. */
  readonly onNote?: (sentence: string) => void;
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
  readonly #supervisor: Supervisor;
  readonly #options: IsolaOptions;

  constructor(supervisor: Supervisor, options: IsolaOptions) {
    this.#supervisor = supervisor;
    this.#options = options;
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

  /** A handle on an environment that is there. Throws `unknown-environment`. */
  async get(name: string): Promise<EnvironmentHandle> {
    const { id, name: found } = await this.do('show', { name });
    return new EnvironmentHandle(this, this.#supervisor, found, id, false);
  }

  list(): Promise<readonly EnvironmentRow[]> {
    return this.do('list', {});
  }

  images(): Promise<readonly ImageRow[]> {
    return this.do('image list', {});
  }

  /** Any verb of the command line that answers with data, with its options by their names in code; see docs/commands.md. */
  async do<V extends DataVerb>(verb: V, input: Partial<Input<V>>, signal?: Abort) {
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

/** The input of a verb with nothing said: no operands, no options. */
export const emptyInput = async (name: VerbName): Promise<Readonly<Record<string, unknown>>> => {
  const load = verbs[name];
  if (load === undefined) throw new Refusal('usage', [`isola has no verb ${name}`, 'docs/commands.md lists them']);
  const { operands, options } = await load();
  const empty = (arity: string) => (['any', 'some', 'command'].includes(arity) ? [] : undefined);
  return Object.fromEntries([
    ...Object.entries(operands).map(([key, { arity }]) => [key, empty(arity)]),
    ...Object.entries(options).map(([key, option]) => [
      key,
      option.kind === 'values' ? [] : option.kind === 'flag' && !option.deniable ? false : undefined,
    ]),
  ]);
};
