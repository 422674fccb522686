/** What the file system below a path is, and what it can do. */
import { closeSync, constants, copyFileSync, openSync, readFileSync, statfsSync, writeSync } from 'node:fs';

interface Mount {
  readonly path: string;
  readonly options: readonly string[];
}

/** Everything mounted: proc_pid_mounts(5), where blanks are octal. */
const mounts = (): readonly Mount[] =>
  readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .map(([, path = '', , options = '']) => ({ path: path.replaceAll('\\040', ' '), options: options.split(',') }));

const mountPoints = (): readonly string[] => mounts().map(({ path }) => path);

/** How the file system was mounted that a path lies on: `noexec`, `nosuid`, …: mount(8). The path is without links. */
export const mountOptionsOf = (path: string): readonly string[] => {
  const around = mounts().filter((mount) => mount.path === '/' || path === mount.path || path.startsWith(`${mount.path}/`));
  const longest = Math.max(...around.map((mount) => mount.path.length));
  return around.findLast((mount) => mount.path.length === longest)?.options ?? [];
};

/** Whether something is mounted exactly there. */
export const isMounted = (path: string): boolean => mountPoints().includes(path);

/** Everything mounted below a path, the last first, as it must be unmounted. */
export const mountsBelow = (prefix: string): readonly string[] =>
  mountPoints()
    .filter((path) => path.startsWith(prefix))
    .reverse();

/** open(2): a file without a name, which nobody who is killed leaves behind. */
const tmpfile = 0o20000000 | constants.O_DIRECTORY | constants.O_RDWR;

/** Whether files in a directory can share their contents copy on write. Tries it. */
export const canReflink = (directory: string): boolean => {
  const opened: number[] = [];
  const nameless = (): number => {
    const fd = openSync(directory, tmpfile, 0o600);
    opened.push(fd);
    return fd;
  };
  try {
    const [from, to] = [nameless(), nameless()];
    writeSync(from, 'x'.repeat(4096));
    copyFileSync(`/proc/self/fd/${from}`, `/proc/self/fd/${to}`, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    return false;
  } finally {
    for (const fd of opened) closeSync(fd);
  }
};

const fileSystems: Readonly<Record<number, string>> = {
  61267: 'ext4',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  2035054128: 'overlay',
  16914836: 'tmpfs',
  801189825: 'zfs',
  3393526350: 'bcachefs',
};

/** Name of the file system a path lies on: statfs(2), f_type. */
export const fileSystemOf = (path: string): string => {
  const type = statfsSync(path).type;
  return fileSystems[type] ?? `0x${type.toString(16)}`;
};
