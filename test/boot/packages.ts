/** Debian packages that guests are in: fetched once by apt, which checks them, unpacked below .isola/guests and never installed. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const directory = join(import.meta.dirname, '../../.isola/guests');

export type Architecture = 'amd64' | 'i386';

/** The directory that a package is unpacked in, or a part of it, which has one of its own. */
export const unpacked = (name: string, architecture: Architecture = 'amd64', part = '.'): string => {
  const place = join(directory, [name, architecture, ...part.split('/').filter((word) => word !== '.')].join('-'));
  if (!existsSync(place)) fetch(name, architecture, part, place);
  return place;
};

/** Where the kernel is unpacked that a metapackage means: any of its kind that was fetched once. */
export const unpackedKernel = (kind: string): string => {
  const ofKind = new RegExp(`^linux-image-\\d\\S*-${kind}-amd64$`);
  const kept = existsSync(directory) ? readdirSync(directory).find((place) => ofKind.test(place)) : undefined;
  return kept === undefined ? unpacked(dependency(`linux-image-${kind}`, 'linux-image-')) : join(directory, kept);
};

/** Whole, or not at all: another test may want it, too. */
const fetch = (name: string, architecture: Architecture, part: string, place: string): void => {
  mkdirSync(directory, { recursive: true });
  const work = mkdtempSync(join(directory, 'fetched-'));
  try {
    execFileSync('apt-get', [...settingsOf(architecture), 'download', name], { cwd: work, stdio: 'pipe' });
    const packed = readdirSync(work).find((one) => one.endsWith('.deb'));
    if (packed === undefined) throw new Error(`apt-get gave no package ${name}`);
    mkdirSync(join(work, 'root'));
    const files = execFileSync('dpkg-deb', ['--fsys-tarfile', packed], { cwd: work, maxBuffer: 2 ** 30 });
    execFileSync('tar', ['-x', '-C', 'root', part], { cwd: work, input: files });
    renameSync(join(work, 'root'), place);
  } catch (error) {
    if (!existsSync(place)) throw error;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};

/** Packages of another architecture have lists of their own, so that the machine's apt isn't told of it. */
const settingsOf = (architecture: Architecture): readonly string[] => {
  if (architecture === 'amd64') return [];
  const state = join(directory, `apt-${architecture}`);
  const settings = [
    ...[`APT::Architecture=${architecture}`, `APT::Architectures=${architecture}`, 'Acquire::Languages=none'],
    ...[`Dir::State=${state}`, `Dir::Cache=${state}`, `Dir::State::status=${join(state, 'status')}`],
  ].flatMap((setting) => ['-o', setting]);
  const fetched = join(state, 'fetched');
  if (!existsSync(fetched)) {
    mkdirSync(join(state, 'lists/partial'), { recursive: true });
    mkdirSync(join(state, 'archives/partial'), { recursive: true });
    writeFileSync(join(state, 'status'), '');
    // A mirror in the middle of a change lacks a list or two: what of the others is wanted can be had.
    const { status } = spawnSync('apt-get', [...settings, '--quiet', 'update'], { stdio: 'ignore' });
    if (status === 0) writeFileSync(fetched, '');
  }
  return settings;
};

/** Depends of a package, of which one is meant by its beginning: a metapackage's kernel. */
export const dependency = (name: string, beginning: string, architecture: Architecture = 'amd64'): string => {
  const depends = execFileSync('apt-cache', [...settingsOf(architecture), 'depends', name], { encoding: 'utf8' });
  const found = [...depends.matchAll(/Depends: (\S+)/g)].find(([, one = '']) => one.startsWith(beginning))?.[1];
  if (found === undefined) throw new Error(`Debian's package ${name} depends on none that begins with ${beginning}`);
  return found;
};

/** Where the kernel and the first root file system of Debian's installer are. */
export const installer = (): string =>
  join(unpacked('debian-installer-12-netboot-amd64', 'amd64', `./${images}`), images, 'debian-installer/amd64');

/** Words of a command line that boot it, with what its kernel is told. */
export const installerWords = (told: string): readonly string[] => {
  const [kernel, initrd] = ['linux', 'initrd.gz'].map((name) => join(installer(), name)) as [string, string]; // There are two.
  return ['--kernel', kernel, '--initrd', initrd, '--append', told, '--memory', '1G'];
};

const images = 'usr/lib/debian-installer/images/12/amd64/text';
