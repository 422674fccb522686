/** Runs mmdebstrap(1) so that it can neither outlive isola nor leave a mount, and hands on the tar it writes. */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Call, Refusal } from '../../environment/index.ts';
import { howItEnded, spawnRefusal } from '../../host/index.ts';
import { packageOf, pathOf } from '../../host/program/programs.ts';
import { oneLine } from '../../oci/registry/index.ts';

export interface Debootstrap {
  /** For messages: `debian/12`. */
  readonly image: string;
  /** `bookworm`. */
  readonly suite: string;
  /** Lines of sources.list(5). */
  readonly sources: readonly string[];
  readonly packages: readonly string[];
  /** Seconds since 1970; no file is newer. */
  readonly epoch: number;
  /** Where downloaded packages stay for the next time. */
  readonly cache: string;
  /** A directory of its own for everything else. */
  readonly workspace: string;
  /** A program that has others believe they gave files other owners than there are here; undefined where all can be given. */
  readonly pretend: string | undefined;
}

/** The beginning of its messages, and what to tell of them. */
const stages: readonly (readonly [message: string, stage: string])[] = [
  ['I: running apt-get update', 'reading package lists'],
  ['I: downloading packages', 'downloading packages'],
  ['I: extracting archives', 'extracting packages'],
  ['I: installing essential packages', 'configuring essential packages'],
  ['I: installing remaining packages', 'installing the other packages'],
  ['I: cleaning package lists', 'cleaning up'],
  ['I: creating tarball', 'packing and unpacking the files'],
];

/** Yields the tar. Throws `build-failed` at its end, or `program-missing` at once. */
export async function* debootstrap(order: Debootstrap, call: Call): AsyncGenerator<Uint8Array> {
  call.signal.throwIfAborted();
  mkdirSync(order.workspace, { mode: 0o700 });
  mkdirSync(order.cache, { recursive: true, mode: 0o755 });
  const child = spawn('setpriv', [...fence, ...(order.pretend === undefined ? [] : [order.pretend]), 'mmdebstrap', ...argumentsOf(order)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: order.workspace, SOURCE_DATE_EPOCH: String(order.epoch), LC_ALL: 'C.UTF-8' },
  });
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve, reject) => {
    child.once('error', (error) => reject(spawnRefusal('setpriv', error)));
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  ended.catch(() => {});
  const kill = (): void => void child.kill('SIGKILL');
  call.signal.addEventListener('abort', kill, { once: true });
  const complaints: string[] = [];
  const messages = createInterface({ input: child.stderr }).on('line', (line) => {
    const stage = stages.find(([message]) => line.startsWith(message))?.[1];
    if (stage !== undefined) call.progress({ stage });
    if (!line.startsWith('I: ') && complaints.push(line) > 500) complaints.shift();
  });
  try {
    yield* child.stdout;
    const { code, signal } = await ended;
    call.signal.throwIfAborted();
    if (code !== 0) throw refusalOf(order.image, complaints, howItEnded(code, signal, ''));
  } finally {
    call.signal.removeEventListener('abort', kill);
    kill();
    await ended.catch(() => {});
    messages.close();
  }
}

/** Programs that start others report a missing one in their own words: better to look first. Throws `program-missing`. */
export const requirePrograms = (): void => {
  const missing = ['setpriv', 'unshare', 'mmdebstrap'].find((program) => pathOf(program) === undefined);
  if (missing !== undefined) throw new Refusal('program-missing', [missing, packageOf(missing)]);
};

/**
 * Killed with isola (setpriv), and with it everything that runs in the process namespace (unshare); its mounts are nobody
 * else's and vanish with the last process. What the host unmounts meanwhile is unmounted there too, or it would be held till then.
 */
const fence = [
  ...['--pdeathsig', 'KILL', '--'],
  ...['unshare', '--mount', '--propagation', 'slave', '--pid', '--fork', '--kill-child=KILL', '--mount-proc', '--'],
];

/**
 * The cache stands in for apt's archive directory while packages are fetched, so that even half a package is gone on with;
 * mmdebstrap must not empty it (`essential/unlink`) and it is away when the files are packed. What belongs to this host or to
 * the building goes too.
 */
const argumentsOf = ({ suite, sources, packages, cache, pretend }: Debootstrap): readonly string[] => [
  ...['--mode=root', '--variant=minbase', '--format=tar', '--skip=essential/unlink'],
  '--dpkgopt=force-unsafe-io',
  '--aptopt=Acquire::Retries "3"',
  ...(pretend === undefined ? [] : amongFewIds),
  ...proxyOptions(),
  `--setup-hook=mkdir -p "$1/var/cache/apt/archives" && mount --bind ${quoted(cache)} "$1/var/cache/apt/archives"`,
  `--customize-hook=${pretend === undefined ? customize : `umount --lazy "$1/dev"; ${customize}`}`,
  `--include=${packages.join(',')}`,
  ...[suite, '-', ...sources],
];

/**
 * apt looks whether it became the user it wanted to be. And a devpts can't be given to an id that is not there, as mmdebstrap would have it: the
 * host's devices serve as well.
 */
const amongFewIds = [
  '--aptopt=APT::Sandbox::User "root"',
  '--skip=chroot/mount/dev',
  '--extract-hook=mount --rbind /dev "$1/dev"',
  // What is installed in an environment later is as badly off.
  `--customize-hook=echo 'APT::Sandbox::User "root";' > "$1/etc/apt/apt.conf.d/50one-id"`,
] as const;

const customize = [
  'set -e',
  'umount "$1/var/cache/apt/archives"',
  'cd "$1"',
  'rm -f etc/apt/apt.conf.d/99mmdebstrap etc/dpkg/dpkg.cfg.d/99mmdebstrap etc/ssh/ssh_host_*',
  'rm -f etc/hostname etc/resolv.conf',
  ': > etc/resolv.conf',
].join('; ');

/** apt's own proxy settings would not be seen: mmdebstrap reads none of the host's configuration. */
const proxyOptions = (): readonly string[] =>
  (['http', 'https'] as const).flatMap((scheme) => {
    const proxy = process.env[`${scheme}_proxy`] ?? process.env[`${scheme.toUpperCase()}_PROXY`];
    return proxy === undefined || proxy === '' ? [] : [`--aptopt=Acquire::${scheme}::Proxy "${proxy.replaceAll('"', '')}"`];
  });

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** The first error is the cause; all after it are consequences. */
const refusalOf = (image: string, complaints: readonly string[], how: string): Refusal => {
  const errors = complaints.filter((line) => /^E: |^dpkg: error|No space left/.test(line));
  if (complaints.some((line) => line.includes('No space left on device'))) return new Refusal('no-space', [image, 'the store']);
  const essential = oneLine((errors[0] ?? complaints.at(-1) ?? `mmdebstrap ${how}`).replace(/^E: (?:setup failed: E: )?/, ''));
  return new Refusal('build-failed', [image, essential, remedyOf(essential)]);
};

const remedyOf = (error: string): string => {
  if (/Unable to locate package|no installation candidate/.test(error)) return 'check the names given with --include';
  if (/Could not resolve|Could not connect|Failed to fetch|does not have a Release file|Connection/.test(error))
    return 'check the network and the apt sources of this host, or name another mirror with --mirror; what was downloaded is kept';
  if (/is not signed|NO_PUBKEY|signatures/.test(error)) return 'install the package debian-archive-keyring, or check the mirror';
  return 'run it again; what was downloaded is kept';
};
