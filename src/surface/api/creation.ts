/** What may be said of a new environment, and how it becomes the input of a verb. */
import { emptyInput } from '../../environment/command/empty.ts';
import { type Input, verbs } from '../../environment/command/index.ts';
import type { Abort, Publish, TechniqueName, Volume } from '../../environment/index.ts';

/** Sizes and rates as numbers (bytes, bits or operations a second), or as the command line writes them (`512M`). Nothing said, no limit. */
export interface LimitOptions {
  readonly cpus?: number;
  readonly cpuWeight?: number;
  readonly cpuset?: string;
  readonly memory?: number | string;
  readonly swap?: number | string;
  readonly pids?: number;
  readonly ioWeight?: number;
  readonly ioRead?: number | string;
  readonly ioWrite?: number | string;
  readonly ioReadOps?: number;
  readonly ioWriteOps?: number;
  readonly disk?: number | string;
  /** Bits per second, each way. */
  readonly networkRate?: number | string;
}

/** What `create`, `run` and `spawn` have in common. */
export interface NewEnvironmentOptions extends LimitOptions {
  readonly name?: string;
  readonly technique?: TechniqueName | 'auto';
  readonly network?: 'bridge' | 'none' | 'host';
  readonly address?: string;
  /** `8080:80`, `0.0.0.0:53:53/udp`, or a number for the same port on both sides. */
  readonly ports?: readonly (number | string | Publish)[];
  /** `/host:/inside[:ro]`. */
  readonly volumes?: readonly (string | Volume)[];
  readonly env?: Readonly<Record<string, string>>;
  readonly workdir?: string;
  readonly user?: string;
  readonly hostname?: string;
  readonly root?: 'auto' | 'copy' | 'overlay';
  readonly userns?: 'private' | 'host';
  readonly seccomp?: 'default' | 'unconfined';
  readonly capAdd?: readonly string[];
  readonly capDrop?: readonly string[];
  /** Whether the image's entrypoint stands before the command; true unless said otherwise. */
  readonly entrypoint?: boolean;
  /** Whether a small init stands before the command; true unless said otherwise. */
  readonly init?: boolean;
  readonly stopSignal?: string;
  /** Time between asking it to end and killing it. */
  readonly stopGraceMs?: number;
  /** Ends the creation; nothing of it stays. */
  readonly signal?: Abort;
}

export interface CreateOptions extends NewEnvironmentOptions {
  /** Program and arguments to run as its first process. */
  readonly command?: readonly string[];
  /** Boot the image's init system, or run its own command, instead of waiting for `exec`. */
  readonly boot?: boolean;
  /** Deleted when disposed of, and with this process; true unless said otherwise. */
  readonly ephemeral?: boolean;
  /** Resolve only when it is ready. */
  readonly wait?: boolean;
  /** Start it; true unless said otherwise. */
  readonly start?: boolean;
  /** Its place in the order of those that are started at boot. */
  readonly onboot?: number;
}

/** A change: a value sets, null lifts a limit, what is left away stays. */
export type ChangeOptions = { readonly [K in keyof LimitOptions]?: LimitOptions[K] | null } & {
  readonly onboot?: number | null;
  /** Instead of the present ones; none at all if empty. */
  readonly ports?: NonNullable<NewEnvironmentOptions['ports']>;
  readonly volumes?: NonNullable<NewEnvironmentOptions['volumes']>;
  readonly hostname?: string;
  readonly stopGraceMs?: number;
  readonly signal?: Abort;
};

/** Keys of a verb's options by what they are called here, where that differs. */
const keys: Readonly<Record<string, string>> = {
  memory: 'memoryBytes',
  swap: 'swapBytes',
  ioRead: 'ioReadBytes',
  ioWrite: 'ioWriteBytes',
  disk: 'diskBytes',
  networkRate: 'networkBits',
  ports: 'publish',
  volumes: 'volume',
  stopGraceMs: 'stopGrace',
};

export const launchInput = async (image: string, options: CreateOptions): Promise<Input<'launch'>> => {
  const { name, command = [], boot = false, ephemeral = true, wait = false, start = true, signal: _signal, ...others } = options;
  const places = { image, names: name === undefined ? [] : [name], command, hold: command.length === 0 && !boot, ephemeral, wait, start };
  return { ...(await inputOf('launch', others)), ...places };
};

export const runInput = async (
  image: string,
  command: readonly string[],
  options: NewEnvironmentOptions & { readonly timeoutMs?: number | undefined },
): Promise<Input<'run'>> => {
  const { timeoutMs, signal: _signal, ...others } = options;
  return { ...(await inputOf('run', others)), image, command, timeout: timeoutMs as Input<'run'>['timeout'] };
};

export const setInput = async (name: string, { ports, signal: _signal, ...others }: ChangeOptions): Promise<Input<'set'>> => ({
  ...(await inputOf('set', { ...others, ...(ports !== undefined && ports.length > 0 && { ports }) })),
  name,
  unpublish: ports !== undefined && ports.length === 0,
});

/** Everything a verb takes, with what was given in its place: texts are read as the command line reads them, what is no text is taken as it is. */
const inputOf = async <V extends 'launch' | 'run' | 'set'>(verb: V, given: object): Promise<Input<V>> => {
  const { options } = await verbs[verb]();
  const table = options as Readonly<Record<string, { parse(text: string): unknown }>>;
  const said = Object.entries(given).flatMap(([called, value]) => {
    const key = keys[called] ?? called;
    if (value === undefined) return [];
    if (called === 'env') return [[key, Object.entries(value as object)]];
    const option = table[key];
    if (option === undefined) return [[key, value]];
    const read = (one: unknown) =>
      typeof one === 'string' || (key === 'publish' && typeof one === 'number') ? option.parse(String(one)) : one;
    return [[key, Array.isArray(value) ? value.map(read) : read(value)]];
  });
  // Each value went through its option's own parser, or has the type the option asks for.
  return { ...(await emptyInput(verb)), ...Object.fromEntries(said) } as Input<V>;
};
