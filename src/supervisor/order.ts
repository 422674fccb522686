/** From what a user typed and what the image says to a specification. */
import type { Input } from '../environment/command/index.ts';
import { type ImageConfig, type Limits, Refusal, type Spec, type Template } from '../environment/index.ts';

type Creation = Input<'run'> | Input<'launch'>;

/** What a verb adds to the options all creations share. */
export interface Purpose {
  readonly ephemeral: boolean;
  readonly hold: boolean;
  /** Whether an image with an init system boots it. */
  readonly boots: boolean;
  /** Whether it is started at once. */
  readonly starts: boolean;
  readonly onboot: number | null;
  /** Told what was decided for the user. */
  readonly say: (sentence: string) => void;
}

const graceMs = { command: 10_000, system: 30_000, hold: 1000 } as const;

export const specOf = (
  input: Creation,
  { config }: Template,
  purpose: Purpose,
  technique: { readonly name: Spec['technique']; readonly reason: string },
): Spec => {
  const { work, command } = workOf(input, config, purpose);
  return {
    image: input.image,
    technique: technique.name,
    techniqueReason: technique.reason,
    work,
    command,
    ephemeral: purpose.ephemeral,
    hostname: input.hostname ?? '',
    env: { ...config.env, ...variablesOf(input.env) },
    workdir: work === 'command' ? (input.workdir ?? (config.workdir === '' ? '/' : config.workdir)) : (input.workdir ?? '/'),
    user: input.user ?? (config.user === '' ? '0' : config.user),
    terminal: work === 'system',
    init: input.init ?? true,
    limits: limitsOf(input),
    network: input.network ?? 'bridge',
    address: input.address ?? null,
    publish: input.publish,
    volumes: input.volume,
    root: input.root ?? 'auto',
    userns: input.userns ?? 'private',
    seccomp: input.seccomp ?? 'default',
    capAdd: input.capAdd,
    capDrop: input.capDrop,
    stopSignal: input.stopSignal ?? stopSignalOf(work, config),
    stopGraceMs: Math.round(input.stopGrace ?? graceMs[work]),
    onboot: purpose.onboot,
  };
};

/** The image's own signal is for what it boots, or for the command it was made for. */
const stopSignalOf = (work: Spec['work'], { stopSignal, init }: ImageConfig): string => {
  // The small init in its pause mode ends on this one: catatonit(1), -P.
  if (work === 'hold') return 'SIGINT';
  const isMeant = work === 'system' || init.length === 0;
  return isMeant && stopSignal !== '' ? stopSignal : 'SIGTERM';
};

const workOf = (input: Creation, config: ImageConfig, purpose: Purpose): Pick<Spec, 'work' | 'command'> => {
  const entrypoint = input.entrypoint === false ? [] : config.entrypoint;
  if (purpose.hold && input.command.length > 0) {
    throw new Refusal('usage', ['--hold runs no command, and one was given', 'leave one of the two away']);
  }
  if (purpose.hold) return { work: 'hold', command: [] };
  if (input.command.length > 0) return { work: 'command', command: [...entrypoint, ...input.command] };
  if (purpose.boots && config.init.length > 0) return { work: 'system', command: [] };
  const own = [...entrypoint, ...config.cmd];
  if (purpose.boots && isBareShell(own)) {
    purpose.say(`${input.image} names ${own.length === 0 ? 'no command' : `only the shell ${own[0]}`}, so it is held open for isola exec`);
    return { work: 'hold', command: [] };
  }
  if (own.length === 0) throw new Refusal('no-command', [input.image]);
  return { work: 'command', command: own };
};

/** A shell without a terminal to read from ends at once. */
const isBareShell = (command: readonly string[]): boolean =>
  command.length === 0 || (command.length === 1 && /(^|\/)(ba|da|a|z)?sh$/.test(command[0] ?? ''));

const limitKeys: readonly (keyof Limits)[] = [
  'cpus',
  'cpuWeight',
  'cpuset',
  'memoryBytes',
  'swapBytes',
  'pids',
  'ioWeight',
  'ioReadBytes',
  'ioWriteBytes',
  'ioReadOps',
  'ioWriteOps',
  'diskBytes',
  'networkBits',
];

const limitsOf = (input: Creation): Limits =>
  Object.fromEntries(limitKeys.flatMap((key) => (input[key] === undefined ? [] : [[key, input[key]]])));

/** A name without a value hands on isola's own, where it has one. */
export const variablesOf = (given: readonly (readonly [string, string | undefined])[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    given.flatMap(([name, value]) => {
      const handed = value ?? process.env[name];
      return handed === undefined ? [] : [[name, handed]];
    }),
  );

/** What of the input changes limits, for `set`. */
export const limitChangesOf = (input: Input<'set'>) =>
  Object.fromEntries(limitKeys.flatMap((key) => (input[key] === undefined ? [] : [[key, input[key]]])));
