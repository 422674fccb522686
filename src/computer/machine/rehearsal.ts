/**
 * A machine goes once through what the start of any goes through: its root is mounted, its network set up, a command run. What code that takes is predecoded by then, and kept. Nothing in it is anybody's: it has a disk
 * with a busybox of the host's, and no jail.
 */
import { copyFileSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { AgentSession, bootText, type Order } from '../../agent/index.ts';
import type { Abort } from '../../environment/index.ts';
import { fillDiskImage } from '../../host/file/disk-image.ts';
import { makeDirectory, removeTree } from '../../host/file/files.ts';
import { until } from '../../host/program/processes.ts';
import { packageFile } from '../../host/program/programs.ts';
import { run } from '../../host/program/run.ts';
import type { Surroundings } from '../../jail/index.ts';
import type { MachineDescription, Shape } from '../process/description.ts';
import { nodeOptions, ownProgram } from './isola.ts';
import { networkDevice, rootOn } from './rest.ts';

export interface Rehearsed {
  readonly surroundings: Surroundings;
  readonly shape: Shape;
  /** The snapshot that it goes on from, and where its code goes. */
  readonly from: string;
  readonly to: string;
  /** A directory for what it needs meanwhile. */
  readonly work: string;
}

/** As large as a machine's disk usually is: its file system is as many groups. */
const diskBytes = 16 * 1024 ** 3;
const lookMs = 5;

/** What a shell does: it starts others, writes, reads and looks around. */
const script = 'echo one | cat > /file; ls -l / > /list; cat /proc/self/mounts /list; rm /file; sleep 0.1';

/** Where its sockets are: their paths are short ones. */
export const socketsIn = ({ runtime }: Pick<Surroundings, 'runtime'>): string => `${runtime}/rehearsal`;

/** Throws a Refusal where it doesn’t come to its end. */
export const rehearse = async (rehearsed: Rehearsed, signal: Abort): Promise<void> => {
  const { surroundings, shape, work } = rehearsed;
  const sockets = socketsIn(surroundings);
  const ending = new AbortController();
  const abort = (): void => ending.abort(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  removeTree(sockets);
  // Others find their way through this one, also where it is the first thing there.
  makeDirectory(surroundings.runtime, 0o755);
  makeDirectory(sockets, 0o700);
  try {
    await makeDisk(work, signal);
    writeFileSync(`${work}/rest`, restOf(shape));
    writeFileSync(`${work}/kernel.log`, '');
    writeFileSync(`${work}/machine.json`, JSON.stringify(descriptionOf(rehearsed, sockets)));
    const { main } = ownProgram(surroundings);
    const { guest } = surroundings;
    const agent = `${sockets}/agent`;
    // Nobody who waits for it may be killed and leave it behind: setpriv(1), prctl(2).
    const end = run(
      'setpriv',
      [
        ...['--pdeathsig', 'KILL', '--', `${guest}/relay`, '--words', `${work}/kernel.log`],
        ...['--cable', `${guest}/cable`, `${sockets}/line`, 'line', agent],
        ...[process.execPath, ...nodeOptions, main, 'machine', `${work}/machine.json`],
      ],
      { signal: ending.signal },
    );
    await Promise.race([end, goThrough(agent, ending.signal)]);
    await end;
  } finally {
    signal.removeEventListener('abort', abort);
    // Where it didn't come to its end, it is ended, and nobody waits for its agent any more.
    ending.abort();
    removeTree(sockets);
  }
};

const goThrough = async (agent: string, signal: Abort): Promise<void> => {
  await until(() => existsSync(agent) || signal.aborted, Number.POSITIVE_INFINITY, lookMs);
  signal.throwIfAborted();
  const socket = connect(agent);
  socket.on('error', () => {});
  try {
    const session = new AgentSession({ input: socket, write: (bytes) => void (socket.destroyed || socket.write(bytes)) });
    await session.ready;
    for (const order of orders) {
      const remote = await session.start(order);
      for await (const _ of remote.stdout);
      await remote.exit;
    }
    await session.shutDown('kindly');
  } finally {
    socket.destroy();
  }
};

const orderOf = (...command: readonly string[]): Order => ({
  ...{ command, env: { PATH: '/bin' }, workdir: '/', user: '0', terminal: undefined, tool: false },
});
const orders = [orderOf('true'), orderOf('sh', '-c', script)];

const makeDisk = async (work: string, signal: Abort): Promise<void> => {
  const tree = `${work}/tree`;
  for (const directory of ['bin', 'dev', 'etc', 'proc', 'sys', 'tmp']) mkdirSync(`${tree}/${directory}`, { recursive: true });
  copyFileSync(packageFile('/bin/busybox'), `${tree}/bin/busybox`);
  for (const name of ['sh', 'cat', 'ls', 'rm', 'true', 'sleep']) symlinkSync('busybox', `${tree}/bin/${name}`);
  await fillDiskImage(`${work}/disk.img`, diskBytes, tree, signal);
  rmSync(tree, { recursive: true });
};

/** Addresses of a network that is nowhere: RFC 5737. */
const network = { device: networkDevice, mac: '02:00:00:00:00:01', name: 'eth0', address: '192.0.2.2/24', gateway: '192.0.2.1' } as const;

const restOf = ({ cards }: Shape): Uint8Array =>
  bootText({
    root: rootOn(diskBytes),
    ...{ hostname: 'rehearsal', hosts: '127.0.0.1 localhost\n', resolvConf: '', seed: new Uint8Array(32) },
    ...(cards > 1 && { network }),
  });

const descriptionOf = ({ shape, from, to, work }: Rehearsed, sockets: string): MachineDescription => ({
  ...{
    kind: 'machine',
    processor: 'emulated',
    kvm: null,
    ...shape,
    from,
    goesOn: false,
    code: null,
    learns: to,
    root: `${work}/disk.img`,
    base: null,
    isFleeting: true,
  },
  ...{ rest: `${work}/rest`, layers: work, nextLayer: 0, moment: work, control: `${sockets}/control`, sockets: `${sockets}/vsock` },
  ...{ cables: [`${sockets}/line`], files: null, kernelLog: `${work}/kernel.log` },
});
