/**
 * A stage for tests: the test file that imports this first goes on in network, mount and process namespaces of its own, with a fake
 * outside world at the end of a cable. When it ends, however it ends, the kernel removes all of it.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { isAlive, markOf, until } from '../../index.ts';

/** Why tests can't be played here; undefined if they can. */
export const unfit: string | undefined = (() => {
  if (process.getuid?.() !== 0) return 'needs root';
  const missing = ['/usr/bin/python3', '/usr/bin/unshare', '/usr/sbin/nft', '/usr/sbin/dnsmasq'].find((path) => !existsSync(path));
  return missing && `needs ${missing}`;
})();

const marker = 'ISOLA_ON_STAGE';
if (unfit === undefined && process.env[marker] === undefined) {
  const words = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private', '--mount-proc', process.execPath];
  const { status } = spawnSync('unshare', [...words, ...process.execArgv, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: { ...process.env, [marker]: '1' },
  });
  process.exit(status ?? 1);
}

/** Commands of a shell script; throws if one fails. */
export const sh = (script: string): string => execFileSync('sh', ['-ec', script], { encoding: 'utf8' });

if (unfit === undefined) {
  // /sys of this network namespace, with the host's control groups, and an empty /run.
  sh(`mount -t tmpfs tmpfs /mnt; mkdir /mnt/cgroup; mount --rbind /sys/fs/cgroup /mnt/cgroup
    mount -t sysfs sysfs /sys; mount --rbind /mnt/cgroup /sys/fs/cgroup; umount -l /mnt
    mount -t tmpfs tmpfs /run; mkdir /run/isola`);
}

export const addresses = {
  host: '192.0.2.1',
  world: '192.0.2.2',
  /** Somewhere behind the world. */
  far: '198.51.100.7',
} as const;

/** Sets the scene: the world, and its name server as the host's. */
export const setScene = async (): Promise<Actor> => {
  sh('ip link set lo up; echo 0 > /proc/sys/net/ipv4/ip_forward');
  const world = await environment();
  sh(`ip link add up0 type veth peer name eth0 netns ${world.pid}
    ip addr add ${addresses.host}/24 dev up0; ip link set up0 up; ip route add default via ${addresses.world}`);
  world.sh(`ip link set lo up; ip addr add ${addresses.far}/32 dev lo; ip addr add ${addresses.world}/24 dev eth0; ip link set eth0 up`);
  writeFileSync('/run/resolv.conf', `nameserver ${addresses.world}\n`);
  sh('mount --bind /run/resolv.conf /etc/resolv.conf');
  world.start(
    'dnsmasq',
    '--keep-in-foreground',
    '--conf-file=/dev/null',
    '--no-resolv',
    '--no-hosts',
    '--pid-file=',
    `--address=/far.example/${addresses.far}`,
  );
  return world;
};

/** A network namespace with a process in it: an environment to be, or the world. */
export interface Actor {
  readonly pid: number;
  sh(script: string): string;
  start(program: string, ...args: string[]): ChildProcess;
  /** A deed of probe.py; see there. */
  probe(...words: (string | number)[]): string;
  /** Starts `serve` or `sniff` of probe.py and waits until it is ready. */
  play(...words: (string | number)[]): Promise<Play>;
  end(): Promise<void>;
}

export interface Play {
  /** What it printed so far. */
  seen(): string;
  end(): Promise<void>;
}

/** A process in a new network namespace, on request in one that belongs to a new user namespace. */
export const environment = async (options: { readonly ownUsers?: boolean } = {}): Promise<Actor> => {
  const words = ['--net', ...(options.ownUsers ? ['--user', '--map-root-user'] : [])];
  const child = spawn('unshare', [...words, 'sleep', 'infinity'], { stdio: 'ignore' });
  child.unref();
  const pid = child.pid as number;
  await until(() => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'sleep\n', 60_000);
  return actor(pid);
};

/** The host itself, as far as the tests are concerned. */
export const host = (): Actor => actor(process.pid);

const probePath = fileURLToPath(new URL('probe.py', import.meta.url));

const actor = (pid: number): Actor => {
  const enter = ['-t', String(pid), '--net'];
  const python = ['/usr/bin/python3', '-I', '-S', probePath];
  // Nobody waits for these: they end with the stage at the latest.
  const start = (...words: string[]): ChildProcess => {
    const child = spawn('nsenter', [...enter, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
    child.unref();
    (child.stdout as Socket | null)?.unref();
    return child;
  };
  return {
    pid,
    start,
    sh: (script) => execFileSync('nsenter', [...enter, 'sh', '-ec', script], { encoding: 'utf8' }),
    probe: (...words) => execFileSync('nsenter', [...enter, ...python, ...words.map(String)], { encoding: 'utf8' }).trim(),
    async play(...words) {
      const child = start(...python, ...words.map(String));
      let output = '';
      child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
      if (!(await until(() => output.startsWith('ready'), 60_000))) throw new Error(`${words.join(' ')} did not get ready`);
      return { seen: () => output.slice('ready\n'.length), end: () => kill(child.pid as number) };
    },
    end: () => kill(pid),
  };
};

const kill = async (pid: number): Promise<void> => {
  const mark = markOf(pid);
  process.kill(pid, 'SIGKILL');
  await until(() => mark === undefined || !isAlive(mark), 60_000);
};

/** Where a bridge's runtime files go. */
export const runtimeDirectory = (tag: string): string => `/run/isola/${tag}/network`;
