/** A Debian 12 with programs that people use, a repository of files for apt-get, and what runs all of them at its boot. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../hosts/machine/root.ts';

export interface Image {
  /** Directory with the same files, for the host. */
  readonly root: string;
  /** An ext4 image without a partition table. */
  readonly disk: string;
  readonly kernel: string;
}

const system = ['systemd-sysv', 'udev', 'linux-image-cloud-amd64'];
const programs = ['gcc', 'libc6-dev', 'openssl', 'perl', 'python3', 'libpython3.11-testsuite', 'nodejs', 'sqlite3'];
/** In the repository, not installed. */
const packed = ['jq', 'libjq1', 'libonig5', 'hello'];

export const pieceNames: readonly string[] = readdirSync(join(import.meta.dirname, 'pieces')).sort();

export const whyNoImage = (): string | false => {
  if (process.getuid?.() !== 0) return 'a root file system is made by root';
  return existsSync('/usr/bin/mmdebstrap') ? false : 'Debian’s package mmdebstrap makes its root';
};

/** In namespaces of their own, so that neither a mount nor a process is left where it is killed. */
const fence = ['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child=KILL', '--mount-proc', '--'];

export const makeImage = (place: string): Image => {
  const [root, disk] = [join(place, 'root'), join(place, 'root.img')];
  const options = ['--mode=root', '--variant=minbase', '--format=directory', '--dpkgopt=force-unsafe-io', '--aptopt=Acquire::Retries "3"'];
  const repository = '"$1/programs/repository"';
  const download = `mkdir -p ${repository}; cd ${repository}; APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get -qq download ${packed.join(' ')}`;
  const include = `--include=${[...system, ...programs].join(',')}`;
  run('unshare', ...fence, 'mmdebstrap', '--quiet', ...options, include, `--customize-hook=${download}`, 'bookworm', root);
  furnish(root);
  run('mke2fs', '-q', '-t', 'ext4', '-d', root, disk, '3G');
  const kernel = readdirSync(join(root, 'boot')).find((name) => name.startsWith('vmlinuz-')) ?? '';
  return { root, disk, kernel: join(root, 'boot', kernel) };
};

const furnish = (root: string): void => {
  const place = join(root, 'programs');
  for (const name of ['run', 'piece', 'pieces', 'program.c', 'program.mjs', 'program.pl', 'program.sql'])
    cpSync(join(import.meta.dirname, name), join(place, name), { recursive: true });
  for (const name of ['run', 'piece']) chmodSync(join(place, name), 0o755);
  const repository = join(place, 'repository');
  writeFileSync(join(repository, 'Packages'), indexOf(repository));
  writeFileSync(join(place, 'sources.list'), 'deb [trusted=yes] file:/programs/repository ./\n');
  const units = join(root, 'etc/systemd/system');
  cpSync(join(import.meta.dirname, 'programs.service'), join(units, 'programs.service'));
  symlinkSync('/etc/systemd/system/programs.service', join(units, 'multi-user.target.wants/programs.service'));
  // Its words would come in between.
  symlinkSync('/dev/null', join(units, 'serial-getty@ttyS0.service'));
};

/** Of packages in a directory: Debian's wiki, DebianRepository/Format, “Packages” indices. */
const indexOf = (repository: string): string =>
  readdirSync(repository)
    .map((name) => {
      const path = join(repository, name);
      const digest = createHash('sha256').update(readFileSync(path)).digest('hex');
      const control = execFileSync('dpkg-deb', ['--field', path], { encoding: 'utf8' }).trim();
      return `${control}\nFilename: ./${name}\nSize: ${statSync(path).size}\nSHA256: ${digest}\n`;
    })
    .join('\n');

export interface Hosted {
  /** All that it said. */
  readonly said: string;
  readonly cpuSeconds: number;
}

/** One piece, in the root of an image on the host's own kernel and processor. Throws where it fails. */
export const onHost = (root: string, name: string): Hosted => {
  const script =
    'mount --bind /dev "$0/dev"; mount -t proc proc "$0/proc"; chroot "$0" /programs/piece "$1"; code=$?; times >&2; exit $code';
  const { status, stdout, stderr } = spawnSync('unshare', [...fence, 'bash', '-c', script, root, name], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`${name} ended with ${status} on the host: ${stdout.slice(-2000)}${stderr.slice(-1000)}`);
  const parts = [...(stderr.trim().split('\n').at(-1) ?? '').matchAll(/(\d+)m([\d.]+)s/g)];
  return { said: stdout, cpuSeconds: parts.reduce((sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number(seconds), 0) };
};
