/** The root file system of a stock Debian, as its installer would leave it, with what tools/setup would get. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

export interface StockHost {
  /** `bookworm`. */
  readonly suite: string;
  readonly packages: readonly string[];
  /** Files by path from the root. */
  readonly files: Readonly<Record<string, { readonly text: string; readonly mode?: number }>>;
  /** Units to start at boot. */
  readonly units: readonly string[];
}

export interface Installed {
  /** An ext4 image without a partition table; not to be written to. */
  readonly disk: string;
  readonly kernel: string;
}

/** This checkout. */
export const house = join(import.meta.dirname, '../../..');
/** Kept between runs; safe to remove. */
const cache = join(house, '.isola/hosts');
const diskBytes = 6 * 1024 ** 3;

/** Installs the host, or finds the one that was installed from the same description. */
export const install = (host: StockHost): Installed => {
  const own = readFileSync(import.meta.filename, 'utf8');
  const done = keptFor(JSON.stringify([host, own, process.version]));
  if (!existsSync(done)) make(host, done);
  return { disk: join(done, 'root.img'), kernel: join(done, 'vmlinuz') };
};

/** Where the host made from this description is kept; what was made from others goes. */
const keptFor = (description: string): string => {
  const name = `root-${createHash('sha256').update(description).digest('hex').slice(0, 16)}`;
  mkdirSync(cache, { recursive: true });
  for (const other of readdirSync(cache)) if (!other.startsWith(name)) rmSync(join(cache, other), { recursive: true });
  return join(cache, name);
};

const make = (host: StockHost, done: string): void => {
  const half = `${done}.${process.pid}`;
  const root = join(half, 'root');
  rmSync(half, { recursive: true, force: true });
  mkdirSync(half, { recursive: true });
  try {
    debootstrap(host, root);
    furnish(host, root);
    const kernel = readdirSync(join(root, 'boot')).find((name) => name.startsWith('vmlinuz-')) ?? '';
    copyFileSync(join(root, 'boot', kernel), join(half, 'vmlinuz'));
    run('mke2fs', '-q', '-t', 'ext4', '-d', root, join(half, 'root.img'), `${diskBytes / 1024}k`);
    rmSync(root, { recursive: true, force: true });
    renameSync(half, done);
  } finally {
    rmSync(half, { recursive: true, force: true });
  }
};

/** What tools/setup installs on this processor, by its own tables. */
export const isolasPackages = (): readonly string[] => {
  const setup = readFileSync(join(house, 'tools/setup'), 'utf8');
  const [, table = ''] = /^packages='([^']*)'/m.exec(setup) ?? [];
  const [, more = ''] = /x86_64 \] \|\| packages="\$packages([^"]*)"/.exec(setup) ?? [];
  return [...`${table}\n${more}`.matchAll(/(\S+):/g)].map(([, name = '']) => name);
};

/** In namespaces of its own, so that it leaves no mount and no process if it is killed. */
const debootstrap = ({ suite, packages }: StockHost, root: string): void => {
  const fence = ['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child=KILL', '--mount-proc', '--'];
  const options = ['--mode=root', '--variant=minbase', '--format=directory', '--dpkgopt=force-unsafe-io', '--aptopt=Acquire::Retries "3"'];
  run('unshare', ...fence, 'mmdebstrap', '--quiet', ...options, `--include=${packages.join(',')}`, suite, root);
};

const furnish = ({ files, units }: StockHost, root: string): void => {
  copyFileSync(process.execPath, join(root, 'usr/local/bin/node'));
  for (const [path, { text, mode = 0o644 }] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
    chmodSync(join(root, path), mode);
  }
  const wants = join(root, 'etc/systemd/system/multi-user.target.wants');
  mkdirSync(wants, { recursive: true });
  for (const unit of units) symlinkSync(`/etc/systemd/system/${unit}`, join(wants, unit));
};

/** Runs a program to its end; throws with its last words if that is bad. */
export const run = (program: string, ...args: readonly string[]): void => {
  const { status, error, stderr } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr.trim().split('\n').slice(-5).join('; ')}`);
};
