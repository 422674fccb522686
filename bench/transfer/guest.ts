/** What is carried, by a program of the guest's (guest/carry.c) that is the same whoever emulates. */
import { readFileSync } from 'node:fs';
import { virtioModules } from '../../test/boot/modules.ts';
import { shellArchive } from '../../test/boot/shell.ts';
import { compile } from '../measure/compile.ts';

export const mib = 1024 ** 2;
/** QEMU's user network and passt, told so, have the host there. */
export const [own, host] = ['10.0.2.15', '10.0.2.2'];
/** Where the host's end of TCP listens. */
export const port = 8017;

/** By what is measured: the program's words, without its name and how much. Direct: past the guest's cache. */
export const steps = {
  'disk, direct: write what it had not': ['write', 'direct', '/dev/vda'],
  'disk, direct: write once more': ['rewrite', 'direct', '/dev/vda'],
  'disk, direct: read': ['read', 'direct', '/dev/vda'],
  'disk of an environment (NVMe), direct: write what it had not': ['write', 'direct', '/other'],
  'disk of an environment (NVMe), direct: write once more': ['rewrite', 'direct', '/other'],
  'disk of an environment (NVMe), direct: read': ['read', 'direct', '/other'],
  'disk, by the guest’s cache: write, with fsync': ['rewrite', 'cached', '/dev/vda'],
  'disk, by the guest’s cache: read': ['read', 'cached', '/dev/vda'],
  'send by TCP to the host': ['send', host, `${port}`],
  'receive by TCP from the host': ['receive', host, `${port}`],
} as const satisfies Record<string, readonly string[]>;
export type Step = keyof typeof steps;
export const names = Object.keys(steps) as readonly Step[];

/** What has the drivers at work, and the network. */
export const preparation = (): string =>
  [
    ...virtioModules().map(({ name }) => `insmod /${name}`),
    `ip addr add ${own}/24 dev eth0`,
    'ip link set eth0 up',
    // Of QEMU's it is the only disk.
    'ln -s $(ls /dev/nvme0n1 /dev/vda 2> /dev/null | head -n 1) /other',
    // What is typed would be shown, too.
    'stty -echo',
  ].join('; ');

export const archive = async (): Promise<Uint8Array> =>
  shellArchive(undefined, [...virtioModules(), { name: 'carry', mode: 0o100755, data: readFileSync(await compile('carry')) }]);
