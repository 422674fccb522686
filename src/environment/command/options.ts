/** Options several verbs share, and how their text is read. */
import { type Limits, weightRange } from '../limits.ts';
import { Refusal } from '../refusal.ts';
import { networkModes, type Publish, rootChoices, techniqueNames, type Volume } from '../spec.ts';
import { parseBitRate, parseByteRate, parseBytes, parseCpus, parseSpan, parseWhole } from '../value/units.ts';
import { type Group, type Option, type Options, toggle, value, values } from './verb.ts';

export const asText = (text: string): string => text;

export const choice =
  <const T extends string>(option: string, choices: readonly T[]) =>
  (text: string): T => {
    const chosen = choices.find((one) => one === text);
    if (chosen === undefined) throw new Refusal('malformed-value', [option, text, `choose one of ${choices.join(', ')}`]);
    return chosen;
  };

/** `0-1,3` → itself, checked (linux Documentation/admin-guide/cgroup-v1/cpusets.rst, List Format). */
const parseCpuset = (text: string): string => {
  if (!/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(text)) throw new Refusal('malformed-value', ['--cpuset', text, 'write processors like 0-1,3']);
  return text;
};

/** The same options under a heading. */
const grouped = <const O extends Options>(group: Group, options: O): O =>
  // Only a field is added, so every option keeps its type.
  Object.fromEntries(Object.entries(options).map(([key, option]) => [key, { ...option, group }])) as unknown as O;

type LimitOptions = { readonly [K in keyof Limits]-?: Option<NonNullable<Limits[K]> | undefined> };

const weight = (option: string) => (text: string) => parseWhole(text, option, weightRange.least, weightRange.most);
const rate = (option: string) => (text: string) => parseWhole(text, option, 1, 1e9);

/** The limits, by the keys of `Limits`; the command line spells them with `limitFlags`. */
export const limitOptions = grouped('Limits', {
  cpus: value('N', (text) => parseCpus(text, '--cpus'), 'processors’ worth of time, e.g. 1.5'),
  cpuWeight: value('W', weight('--cpu-weight'), 'share when processors are short, 1 to 10000', { usually: '100' }),
  cpuset: value('LIST', parseCpuset, 'processors it may use, e.g. 0-1,3'),
  memoryBytes: value('SIZE', (text) => parseBytes(text, '--memory'), 'memory, page cache included, e.g. 512M', { short: 'm' }),
  swapBytes: value('SIZE', (text) => parseBytes(text, '--swap'), 'swap beyond the memory'),
  pids: value('N', (text) => parseWhole(text, '--pids', 1, 4_194_304), 'processes and threads', { usually: '2048' }),
  ioWeight: value('W', weight('--io-weight'), 'share of the disk, 1 to 10000', { usually: '100' }),
  ioReadBytes: value('RATE', (text) => parseByteRate(text, '--io-read'), 'bytes read from disk per second, e.g. 10M'),
  ioWriteBytes: value('RATE', (text) => parseByteRate(text, '--io-write'), 'bytes written to disk per second'),
  ioReadOps: value('N', rate('--io-read-ops'), 'reads from disk per second'),
  ioWriteOps: value('N', rate('--io-write-ops'), 'writes to disk per second'),
  diskBytes: value('SIZE', (text) => parseBytes(text, '--disk'), 'size of the root file system, as df shows it inside'),
  networkBits: value('RATE', (text) => parseBitRate(text, '--net-rate'), 'bits per second each way, e.g. 50M'),
} satisfies LimitOptions);

/** Keys whose command-line spelling isn't just their hyphenated name. */
export const spelling: Readonly<Record<string, string>> = {
  memoryBytes: 'memory',
  swapBytes: 'swap',
  ioReadBytes: 'io-read',
  ioWriteBytes: 'io-write',
  diskBytes: 'disk',
  networkBits: 'net-rate',
  address: 'ip',
  stopGrace: 'grace',
};

/** `cpuWeight` → `cpu-weight`, `memoryBytes` → `memory`. */
export const spell = (key: string): string => spelling[key] ?? key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** `--memory none` lifts a limit. */
const liftable = <T>(option: Option<T | undefined>): Option<T | null | undefined> =>
  ({
    ...option,
    parse: (text: string) => (text === 'none' ? null : option.parse(text)),
  }) as Option<T | null | undefined>;

export const liftableLimits = Object.fromEntries(
  Object.entries(limitOptions).map(([key, option]) => [key, liftable(option as Option<unknown>)]),
) as {
  readonly [K in keyof Limits]-?: Option<NonNullable<Limits[K]> | null | undefined>;
};

/** `[ADDRESS:]HOSTPORT:PORT[/udp]`, loopback where no address is given; `PORT` alone publishes the same number. */
export const parsePublish = (text: string): Publish => {
  const form = 'write [ADDRESS:]HOSTPORT:PORT[/udp], e.g. 8080:80 or 0.0.0.0:53:53/udp';
  const match = /^(?:(?:(\d+\.\d+\.\d+\.\d+):)?(\d+):)?(\d+)(?:\/(tcp|udp))?$/.exec(text);
  const port = Number(match?.[3]);
  const hostPort = Number(match?.[2] ?? match?.[3]);
  const fits = (number: number): boolean => number >= 1 && number <= 65_535;
  const hostAddress = match?.[1] ?? '127.0.0.1';
  if (!match || !fits(port) || !fits(hostPort) || !isIpv4(hostAddress)) throw new Refusal('malformed-value', ['--publish', text, form]);
  return { hostAddress, hostPort, port, protocol: match[4] === 'udp' ? 'udp' : 'tcp' };
};

const isIpv4 = (text: string): boolean => /^\d+\.\d+\.\d+\.\d+$/.test(text) && text.split('.').every((part) => Number(part) <= 255);

export const parseIpv4 = (text: string, option: string): string => {
  if (!isIpv4(text)) throw new Refusal('malformed-value', [option, text, 'write an IPv4 address like 10.1.2.3']);
  return text;
};

/** `SOURCE:TARGET[:ro]`, both absolute. */
export const parseVolume = (text: string): Volume => {
  const [source, target, mode, ...more] = text.split(':');
  const known = mode === undefined || mode === 'ro' || mode === 'rw';
  if (!source?.startsWith('/') || !target?.startsWith('/') || !known || more.length > 0)
    throw new Refusal('malformed-value', ['--volume', text, 'write /host/path:/path/inside[:ro]']);
  return { source, target, readOnly: mode === 'ro' };
};

/** `NAME=VALUE`, or `NAME` to hand on isola's own. */
export const parseVariable = (text: string): readonly [name: string, value: string | undefined] => {
  const match = /^([A-Za-z_][A-Za-z0-9_]*)(?:=([\s\S]*))?$/.exec(text);
  if (!match?.[1]) throw new Refusal('malformed-value', ['--env', text, 'write NAME=VALUE, or NAME to hand on your own']);
  return [match[1], match[2]];
};

/** hostname(7): labels of letters, digits and hyphens, joined by dots; 64 bytes are the kernel's limit. */
export const parseHostname = (text: string): string => {
  const label = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
  if (text.length > 64 || !text.split('.').every((part) => label.test(part)))
    throw new Refusal('malformed-value', ['--hostname', text, 'write letters, digits and hyphens, with dots between, at most 64']);
  return text;
};

const parseSignal = (text: string): string => {
  const name = text.toUpperCase().replace(/^(?!SIG)/, 'SIG');
  if (!/^SIG[A-Z][A-Z0-9]*(\+\d+)?$/.test(name))
    throw new Refusal('malformed-value', ['--stop-signal', text, 'write a signal like SIGTERM or SIGRTMIN+3']);
  return name;
};

const parseCapability = (text: string): string => {
  const name = text.toUpperCase().replace(/^(?!CAP_)/, 'CAP_');
  if (!/^CAP_[A-Z_]+$/.test(name))
    throw new Refusal('malformed-value', ['a capability', text, 'write it like NET_ADMIN (capabilities(7))']);
  return name;
};

/** `10` or `none`. */
export const parseOnboot = (text: string): number | null => (text === 'none' ? null : parseWhole(text, '--onboot', 0, 9999));

export const parseTechnique = (text: string): (typeof techniqueNames)[number] | 'auto' => {
  const chosen = [...techniqueNames, 'auto' as const].find((name) => name === text);
  if (chosen === undefined) throw new Refusal('unknown-technique', [text, techniqueNames.join(', ')]);
  return chosen;
};

/** Options that say how a command inside runs. */
export const processOptions = grouped('Process', {
  env: values('NAME[=VALUE]', parseVariable, 'environment variable', { short: 'e' }),
  workdir: value('DIR', asText, 'directory the command starts in', { short: 'w' }),
  user: value('USER', asText, 'user it runs as: NAME[:GROUP] or UID[:GID]', { short: 'u' }),
});

export const terminalOptions = grouped('Process', {
  tty: toggle('give the command a terminal', { short: 't', usually: 'if standard input and output are terminals' }),
  stdin: toggle('hand on standard input', { usually: 'yes' }),
  timeout: value('SPAN', (text) => parseSpan(text, '--timeout'), 'end it after this time, with status 124', { usually: 'no limit' }),
});

/** Options of everything that makes a new environment. */
export const creationOptions = {
  technique: value('TECHNIQUE', parseTechnique, 'how it is made; isola tells why it chose', {
    choices: [...techniqueNames, 'auto'],
    usually: 'auto',
  }),
  ...limitOptions,
  ...grouped('Network', {
    network: value('MODE', choice('--network', networkModes), 'own address behind NAT, loopback only, or the host’s', {
      choices: networkModes,
      usually: 'bridge',
    }),
    address: value('ADDRESS', (text) => parseIpv4(text, '--ip'), 'IPv4 address on the bridge', { usually: 'the next free one' }),
    publish: values('[IP:]HOST:PORT[/udp]', parsePublish, 'publish a port on the host, on loopback unless IP is given', { short: 'p' }),
    hostname: value('NAME', parseHostname, 'host name inside', { usually: 'its name' }),
  }),
  ...grouped('Files', {
    volume: values('SOURCE:TARGET[:ro]', parseVolume, 'show a host directory or file inside, ids mapped', {
      short: 'v',
      names: 'host path',
    }),
    root: value('KIND', choice('--root', rootChoices), 'root file system: a copy of its own, or an overlay', {
      choices: rootChoices,
      usually: 'auto',
    }),
  }),
  ...processOptions,
  ...grouped('Process', {
    entrypoint: toggle('put the image’s entrypoint before the command', { usually: 'yes' }),
    init: toggle('put a small init before the command, which reaps and hands on signals', { usually: 'yes' }),
    stopSignal: value('SIGNAL', parseSignal, 'signal that asks it to end', { names: 'signal', usually: 'the image’s' }),
    stopGrace: value('SPAN', (text) => parseSpan(text, '--grace'), 'time between asking and killing', { usually: '10s' }),
  }),
  ...grouped('Security', {
    userns: value('MODE', choice('--userns', ['private', 'host'] as const), 'own range of user ids, or the host’s', {
      choices: ['private', 'host'],
      usually: 'private',
    }),
    seccomp: value('FILTER', choice('--seccomp', ['default', 'unconfined'] as const), 'filter of system calls', {
      choices: ['default', 'unconfined'],
      usually: 'default',
    }),
    capAdd: values('CAP', parseCapability, 'capability beyond the usual'),
    capDrop: values('CAP', parseCapability, 'capability taken away, or ALL'),
  }),
} as const;
