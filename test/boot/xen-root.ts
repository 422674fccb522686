/** What a Linux guest of Xen's is begun with: a first root file system that goes on in the root of xvda, and a disk that has one. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { archiveOf, type Entry } from './archive.ts';
import { xenModules } from './modules.ts';

const busybox = '/bin/busybox';
const [executable, directory, device] = [0o100755, 0o040755, 0o020600];

/** Loads what finds Xen's disks, and goes on in the root file system of the first. */
const first = (modules: readonly Entry[]): string => `#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
for m in ${modules.map(({ name }) => name).join(' ')}; do /bin/busybox insmod /$m; done
until [ -b /dev/xvda ]; do /bin/busybox sleep 0.05; done
/bin/busybox mount -t ext4 /dev/xvda /root
exec /bin/busybox switch_root /root /init
`;
const second = `#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
grep ' / ' /proc/mounts; exec sh
`;
/** What a kernel calls that is asked to power off, or to begin anew. */
const ending = (how: 'poweroff' | 'reboot'): string => `#!/bin/busybox sh
/bin/busybox mount -o remount,ro /
/bin/busybox ${how} -f
`;

export const xenArchive = (): Uint8Array => {
  const modules = xenModules();
  return archiveOf([
    ...['bin', 'dev', 'root'].map((name) => ({ name, mode: directory })),
    { name: 'bin/busybox', mode: executable, data: readFileSync(busybox) },
    { name: 'init', mode: executable, data: new TextEncoder().encode(first(modules)) },
    { name: 'dev/console', mode: device, device: [5, 1] },
    ...modules,
  ]);
};

/** A file system of its own, in 16 MiB: says what its root is, and has a shell. */
export const makeXenRoot = (place: string, disk: string): void => {
  const tree = join(place, 'tree');
  for (const name of ['bin', 'sbin', 'proc', 'sys', 'dev']) mkdirSync(join(tree, name), { recursive: true });
  cpSync(busybox, join(tree, 'bin', basename(busybox)));
  writeFileSync(join(tree, 'init'), second, { mode: 0o755 });
  for (const how of ['poweroff', 'reboot'] as const) writeFileSync(join(tree, 'sbin', how), ending(how), { mode: 0o755 });
  execFileSync('/sbin/mke2fs', ['-q', '-t', 'ext4', '-d', tree, disk, '16M']);
};
