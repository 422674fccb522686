/** The smallest system: the host's static busybox, its applets as links, and the few files they want. */
import { readFileSync } from 'node:fs';
import { type Call, Refusal } from '../../environment/index.ts';
import { hasCode, run } from '../../host/index.ts';
import { packageFile } from '../../host/program/programs.ts';
import { endMark, padding, type TarEntry, writeHeader } from '../../oci/tar/index.ts';
import { isStaticElf } from './elf.ts';
import type { Recipe } from './recipe.ts';

const program = '/bin/busybox';
const programName = 'bin/busybox';

export const busybox: Recipe = {
  source: `built from ${program}`,
  createdBy: `isola image build busybox`,
  created: '1970-01-01T00:00:00Z',
  cmd: ['/bin/sh'],
  // busybox init(8) powers off on SIGUSR2.
  stopSignal: 'SIGUSR2',
  async work(_workspace, call, take) {
    const bytes = readBusybox();
    return await take(tarOf(entriesOf(bytes, await listApplets(call))));
  },
};

async function* tarOf(parts: readonly Part[]): AsyncGenerator<Uint8Array> {
  for (const { entry, content } of parts) {
    yield writeHeader(entry);
    if (content.length > 0) yield content;
    yield padding(content.length);
  }
  yield endMark;
}

const readBusybox = (): Uint8Array => {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(packageFile(program));
  } catch (error) {
    throw hasCode(error, 'ENOENT') ? new Refusal('program-missing', ['busybox', 'busybox-static'], { cause: error }) : error;
  }
  if (!isStaticElf(bytes)) throw new Refusal('program-missing', ['busybox that is statically linked', 'busybox-static']);
  return bytes;
};

/** `bin/sh`, `usr/bin/awk` … linuxrc is for initial RAM disks. */
const listApplets = async ({ signal }: Call): Promise<readonly string[]> => {
  const { stdout } = await run(packageFile(program), ['--list-full'], { signal });
  return stdout.split('\n').filter((path) => /^(?:usr\/)?s?bin\/[^/]+$/.test(path) && path !== programName);
};

interface Part {
  readonly entry: TarEntry;
  readonly content: Uint8Array;
}

/**
 * In the order of their names, with all times at 1970: the same busybox gives the same digest. Its applets are names of one file, which comes before them all:
 * a copy of it is made in half the time of one with 300 symbolic links, each of them a file.
 */
const entriesOf = (bytes: Uint8Array, applets: readonly string[]): readonly Part[] => {
  const parts = [
    ...directories.map((name) => part('directory', name, 0o755)),
    part('directory', 'root', 0o700),
    part('directory', 'tmp', 0o1777),
    part('directory', 'var/tmp', 0o1777),
    part('file', programName, 0o755, bytes),
    ...applets.map((name) => part('hardlink', name, 0o755, none, programName)),
    part('symlink', 'var/run', 0o777, none, '/run'),
    ...Object.entries(files).map(([name, text]) => part('file', name, name === 'etc/shadow' ? 0o640 : 0o644, Buffer.from(text))),
  ];
  return parts.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
};

/** Behind its directory, before its other names. */
const orderOf = ({ entry: { name } }: Part): string => (name === programName ? 'bin/' : name);

const none: Uint8Array = new Uint8Array();

const part = (kind: TarEntry['kind'], name: string, mode: number, content = none, linkName = ''): Part => ({
  entry: { kind, name, linkName, mode, uid: 0, gid: 0, size: content.length, mtime: 0, major: 0, minor: 0, xattrs: new Map() },
  content,
});

const directories = [
  ...['bin', 'sbin', 'usr', 'usr/bin', 'usr/sbin', 'etc', 'home', 'mnt', 'opt', 'srv'],
  ...['dev', 'proc', 'sys', 'run', 'var', 'var/cache', 'var/lib', 'var/log', 'var/spool'],
];

/** init does nothing but reap, and run what is asked for with exec: it idles at a few hundred KiB. */
const files: Readonly<Record<string, string>> = {
  'etc/group': 'root:x:0:\ndaemon:x:1:\ntty:x:5:\nwww-data:x:33:\nnogroup:x:65534:\n',
  'etc/hosts': '127.0.0.1\tlocalhost\n::1\tlocalhost\n',
  'etc/inittab': '# busybox init(8): runs nothing by itself. Add lines like ::respawn:/path/of/a/daemon\n::sysinit:/bin/true\n',
  'etc/nsswitch.conf': 'hosts: files dns\n',
  'etc/os-release': 'NAME=BusyBox\nID=busybox\nPRETTY_NAME="BusyBox by isola"\n',
  'etc/passwd':
    'root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n',
  'etc/profile': "export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nexport PS1='\\u@\\h:\\w\\$ '\n",
  'etc/shadow': 'root:*:::::::\ndaemon:*:::::::\nwww-data:*:::::::\nnobody:*:::::::\n',
  'etc/shells': '/bin/sh\n/bin/ash\n',
};
