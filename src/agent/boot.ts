/** What a machine's first file system holds: the agent, and a description of what it makes of itself. guest/agent/boot.h reads it. */
import { cpio, type MachineFile } from './cpio.ts';
import { utf8Bytes } from './utf8.ts';

export type { MachineFile } from './cpio.ts';

/** The network device that leads to the relay, and how User-Mode Linux is told of it where `fd` is the guest's end. */
export const lineDevice = { name: 'vec1', umlArgument: (fd: number) => `vec1:transport=fd,fd=${fd},mtu=31778,depth=16` } as const;

/** What a machine's first file system says by itself. */
export interface Outset {
  /** The network device that leads to the relay. */
  readonly line: string;
  /** Where it says what it has to say: a path. */
  readonly words: string;
  /** Devices in /dev for the standard streams of its main command. */
  readonly console: string;
  readonly errors: string;
  /** What its kernel loads before it looks for that, in this order. */
  readonly drivers: readonly Module[];
  /** A disk that tells it what it is to be: `bootText`, once it is there. */
  readonly rest: string;
}

export interface Module {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface BootDescription {
  /** `options`: as mount(2) takes them. */
  readonly root: {
    readonly device: string;
    readonly type: string;
    readonly options?: string;
    readonly readOnly: boolean;
    /** How large its disk is, on NVMe, where the kernel may have seen another one. */
    readonly bytes?: number;
  };
  /** What its kernel loads before, in this order. */
  readonly modules?: readonly Module[];
  /** Directories and files of the host that it shows: by their names in a file system that has them all, with their places in the root. */
  readonly volumes?: {
    readonly device: string;
    readonly type: string;
    readonly each: readonly { readonly name: string; readonly place: string; readonly readOnly: boolean }[];
  };
  /** A file system with a static `busybox`, for orders with `tool`. It is as out of the machine's sight as one in the archive, and takes none of its memory. */
  readonly tools?: { readonly type: string; readonly options: string };
  readonly hostname?: string;
  /** How many processes it may have at once. */
  readonly pids?: number;
  /** IPv4. */
  readonly network?: {
    readonly device: string;
    /** Its address on its cable, where that isn't the device's own. */
    readonly mac?: string;
    /** What the device is called inside; undefined: as its kernel calls it. */
    readonly name?: string;
    readonly address: string;
    readonly gateway?: string;
    readonly mtu?: number;
  };
  /** Whole texts of the machine's /etc/resolv.conf and /etc/hosts; what is left out stays as the root has it. */
  readonly resolvConf?: string;
  readonly hosts?: string;
  /** Whole text of a file for apt.conf(5), where the root has apt. */
  readonly aptConf?: string;
  /** Milliseconds since 1970, as the machine is switched on; for one that has no clock of its own. User-Mode Linux has. */
  readonly time?: number;
  /** Bytes that nobody else has, 64 at the most: its random numbers are made of them from then on. For a machine that is one of several which were one. */
  readonly seed?: Uint8Array;
  /** What becomes process 1. Without it the agent holds the machine, until it is told to end it. */
  readonly init?: { readonly command: readonly [string, ...string[]]; readonly env?: Readonly<Record<string, string>> };
}

/** Throws RangeError where a value has a line break, or an init more words than an agent takes. */
export const bootArchive = (boot: BootDescription): Uint8Array => {
  const files = [text('isola/boot', `line ${lineDevice.name}\n${lines(boot)}`)];
  if (boot.resolvConf !== undefined) files.push(text('isola/resolv.conf', boot.resolvConf));
  if (boot.hosts !== undefined) files.push(text('isola/hosts', boot.hosts));
  if (boot.aptConf !== undefined) files.push(text('isola/apt.conf', boot.aptConf));
  for (const { name, bytes } of boot.modules ?? []) files.push({ path: modulePath(name), mode: 0o600, bytes });
  return cpio(files);
};

/** For a machine that waits for the rest of its description. */
export const outsetArchive = ({ drivers, line, words, console, errors, rest }: Outset): Uint8Array => {
  const loaded = drivers.map(({ name }) => `driver /${modulePath(name)}\n`).join('');
  const files = drivers.map(({ name, bytes }) => ({ path: modulePath(name), mode: 0o600, bytes }));
  const pairs = Object.entries({ line, words, console, errors, rest }).map(([key, value]) => `${key} ${value}\n`);
  return cpio([text('isola/boot', `${loaded}${pairs.join('')}`), ...files]);
};

/** The rest of a description, as the disk has it that a machine reads it from. It can't bring modules. Throws RangeError as `bootArchive`, and where it is too long. */
export const bootText = (boot: Omit<BootDescription, 'modules'>): Uint8Array => {
  const { resolvConf = '', hosts = '', aptConf = '' } = boot;
  const appended = Object.entries({ 'resolv.conf': resolvConf, hosts, 'apt.conf': aptConf }).flatMap(([name, content]) =>
    content.split('\n').flatMap((line) => (line === '' ? [] : [`append ${name} ${line}\n`])),
  );
  const bytes = utf8Bytes(`${appended.join('')}${lines(boot)}`);
  if (bytes.length >= restMost - timeBytes)
    throw new RangeError(`the description of a machine has ${bytes.length} bytes, and it takes ${restMost - timeBytes - 1}`);
  return bytes;
};

/** What a machine has read instead before it waits for that: its root, which it mounts only to be read. What it is told then has to have the same one. */
export const rootText = (root: BootDescription['root']): Uint8Array => utf8Bytes(`more yes\n${lines({ root })}`);

/** guest/agent/rest.h */
export const restMost = 65_536;
/** Room for a line that whoever has the disk adds: what time it is. */
const timeBytes = 64;

/** What is the same for every machine. `tool`: a static program for orders with `tool`, such as a busybox. */
export const machineArchive = (agent: Uint8Array, tool?: Uint8Array): Uint8Array =>
  cpio([{ path: 'init', mode: 0o755, bytes: agent }, ...(tool === undefined ? [] : [{ path: 'isola/tool', mode: 0o755, bytes: tool }])]);

const sectorBytes = 512;
const wordsMost = 64;
const usualEnv = { HOME: '/', TERM: 'linux', PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };

const text = (path: string, content: string): MachineFile => ({ path, mode: 0o644, bytes: utf8Bytes(content) });

const modulePath = (name: string): string => `isola/modules/${name}`;

const lines = ({ root, modules, volumes, tools, hostname, pids, network, time, seed, init }: BootDescription): string => {
  const env = Object.entries({ ...usualEnv, ...init?.env }).map(([name, value]) => `${name}=${value}`);
  const [path, ...rest] = init?.command ?? [];
  if (rest.length > wordsMost || env.length > wordsMost) throw new RangeError(`an init takes ${wordsMost} arguments and variables at most`);
  const pairs: readonly (readonly [key: string, value: string | number | undefined])[] = [
    ['root', root.device],
    ['type', root.type],
    ['options', root.options],
    ...(modules ?? []).map(({ name }) => ['module', `/${modulePath(name)}`] as const),
    ['volumes', volumes?.device],
    ['volumes-type', volumes?.type],
    ...(volumes?.each ?? []).map(({ name, place, readOnly }) => [readOnly ? 'volume-ro' : 'volume', `${name} ${place}`] as const),
    ['tools-type', tools?.type],
    ['tools', tools?.options],
    ['read-only', root.readOnly ? 'yes' : 'no'],
    ['hostname', hostname],
    ['pids', pids],
    ['sectors', root.bytes === undefined ? undefined : root.bytes / sectorBytes],
    ['interface', network?.device],
    ['mac', network?.mac],
    ['name', network?.name],
    ['address', network?.address],
    ['gateway', network?.gateway],
    ['mtu', network?.mtu],
    ['time', time === undefined ? undefined : Math.round(time)],
    ['seed', seed?.toHex()],
    ['init', path],
    ...rest.map((word) => ['argument', word] as const),
    ...(init === undefined ? [] : env.map((variable) => ['variable', variable] as const)),
  ];
  return pairs.flatMap(([key, value]) => (value === undefined ? [] : [`${key} ${oneLine(key, String(value))}\n`])).join('');
};

const oneLine = (key: string, value: string): string => {
  if (/[\n\0]/.test(value)) throw new RangeError(`the ${key} of a machine has a line break or a zero byte`);
  return value;
};
