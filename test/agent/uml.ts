/** A real guest: User-Mode Linux with the agent as its first process, behind a relay. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BootDescription, bootArchive, lineDevice, machineArchive } from '../../src/agent/index.ts';
import { buildAgent } from '../../tools/build-guest.ts';
import { behindRelay, type RealAgent } from './real-agent.ts';

/** Its memory is a file, which must be on a file system in memory where programs may be run. */
const usualMemory = '/dev/shm';

export const whyNoUml = (): string | false => {
  if (process.getuid?.() !== 0) return 'making a root file system takes root';
  if (!existsSync('/usr/bin/linux.uml')) return 'user-mode-linux is not installed';
  if (!existsSync('/bin/busybox')) return 'busybox-static is not installed';
  if (spawnSync('musl-gcc', ['--version']).error !== undefined) return 'musl-tools is not installed';
  return spawnSync('mke2fs', ['-V']).error === undefined ? false : 'e2fsprogs is not installed';
};

export interface Guest extends RealAgent {
  /** What it has said on its console until now. */
  console(): string;
}

export interface GuestOptions {
  readonly init?: BootDescription['init'];
  readonly memoryMib?: number;
  readonly readOnly?: boolean;
  /** Changes the tree that becomes its root. */
  readonly prepare?: (root: string) => void;
  /** Arguments for the kernel. */
  readonly more?: readonly string[];
  /** The directory for the file of its memory. */
  readonly memory?: string;
  /** Where the relay asks for memory that it uses no more: its own console for managers, or somebody else's. */
  readonly mconsole?: string;
}

const applets = [
  'sh',
  'cat',
  'echo',
  'sleep',
  'head',
  'yes',
  'dd',
  'ip',
  'hostname',
  'mount',
  'cp',
  'wc',
  'id',
  'poweroff',
  'init',
  'ps',
  'tty',
  'date',
  'true',
  'touch',
  'rm',
  'md5sum',
  'sync',
];

export const bootGuest = async ({
  init,
  memoryMib = 128,
  readOnly = false,
  prepare,
  more = [],
  memory = usualMemory,
  mconsole,
}: GuestOptions = {}): Promise<Guest> => {
  const folder = mkdtempSync(join(memory, `isola-uml-${process.pid}-`));
  const root = join(folder, 'root');
  for (const name of ['bin', 'sbin', 'etc', 'proc', 'sys', 'dev', 'run', 'tmp', 'root']) mkdirSync(join(root, name), { recursive: true });
  copyFileSync('/bin/busybox', join(root, 'bin/busybox'));
  for (const name of applets) symlinkSync('busybox', join(root, 'bin', name));
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\n');
  for (const name of ['resolv.conf', 'hosts']) writeFileSync(join(root, 'etc', name), 'old\n');
  prepare?.(root);
  const disk = join(folder, 'disk');
  writeFileSync(disk, '');
  truncateSync(disk, 300 << 20);
  execFileSync('mke2fs', ['-q', '-t', 'ext4', '-d', root, disk]);
  const boot = bootArchive({
    root: { device: '/dev/ubda', type: 'ext4', readOnly },
    hostname: 'tested',
    resolvConf: 'nameserver 192.0.2.1\n',
    hosts: '127.0.0.1 localhost\n',
    ...(init !== undefined && { init }),
  });
  writeFileSync(join(folder, 'initrd'), Buffer.concat([machineArchive(readFileSync(buildAgent())), boot]));
  const said = join(folder, 'console');
  const kernel = [
    `mem=${memoryMib}M`,
    'umid=guest',
    `uml_dir=${folder}/`,
    `initrd=${folder}/initrd`,
    `ubd0=${disk}`,
    lineDevice.umlArgument(3),
    'con=null',
    'con0=fd:0,fd:1',
    'ssl=null',
    'quiet',
    ...more,
  ];
  const shell = `exec linux.uml "$@" > ${said} 2>&1`;
  const agent = await behindRelay(['sh', '-c', shell, 'sh', ...kernel], {
    options: mconsole === undefined ? [] : ['--mconsole', mconsole === 'own' ? `${folder}/guest/mconsole` : mconsole],
    env: { ...process.env, TMPDIR: folder },
  });
  return {
    ...agent,
    console: () => (existsSync(said) ? readFileSync(said, 'latin1') : ''),
    [Symbol.asyncDispose]: async () => {
      await agent[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** Processes of guests that outlived them, by the folder of their memory. */
export const guestsLeft = (): string =>
  spawnSync('pgrep', ['-f', `uml_dir=${usualMemory}/isola-uml-${process.pid}-`], { encoding: 'utf8' }).stdout;
