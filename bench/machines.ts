/**
 * Machines with a kernel of their own: how long until one says something, against the same kernel started by hand on the same files; what
 * a Debian that idles takes; commands and files through its agent.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Isola } from 'isola';
import type { UsageRow } from '../src/environment/command/index.ts';
import { UndoScope } from '../src/environment/index.ts';
import { medianInterval, ratioInterval } from '../src/measure/index.ts';
import { inRounds } from './measure/rounds.ts';
import { figureRow, type Row, ratioRow, readingRow } from './measure/row.ts';
import type { Bench, Scene } from './scene/scene.ts';

const technique = ['--technique', 'paravirtualization'] as const;
const mebi = 1024 ** 2;

/** Time until a program has said something; it is ended then, with all it started. */
const untilFirstWord = async (
  [program = '', ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
  word: string,
  ends: boolean,
): Promise<{ readonly wallMs: number }> => {
  const begun = performance.now();
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  let said = '';
  for await (const chunk of child.stdout) {
    said += String(chunk);
    if (said.includes(word)) break;
  }
  const wallMs = performance.now() - begun;
  if (!said.includes(word)) throw new Error(`${program} ended without a word`);
  if (ends) await once(child, 'exit').catch(() => {});
  else if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  return { wallMs };
};

const startRows = async (scene: Scene): Promise<readonly Row[]> => {
  const { isola } = scene;
  const tree = await scene.tree('busybox');
  await isola.do('run', ...technique, 'busybox', '--', 'true');
  const memory = mkdtempSync('/dev/shm/isola-bench-');
  const kernel = ['linux.uml', 'mem=512M', 'umid=hand', `uml_dir=${memory}/`, 'root=/dev/root', 'rootfstype=hostfs', `rootflags=${tree}`];
  const hand = [...kernel, 'rw', 'con=null', 'con0=fd:0,fd:1', 'ssl=null', 'quiet', 'panic=-1', 'init=/bin/uname'];
  const rounds = scene.isQuick ? 3 : 30;
  try {
    const samples = await inRounds(
      {
        isola: () =>
          untilFirstWord(isola.line('run', ...technique, 'busybox', '--', 'uname'), { ...process.env, ...isola.env }, 'Linux', true),
        hand: async () => {
          const time = await untilFirstWord(hand, { ...process.env, TMPDIR: memory }, 'Linux', false);
          rmSync(`${memory}/hand`, { recursive: true, force: true });
          return time;
        },
      },
      { rounds, signal: scene.signal, onRound: (done) => scene.tell({ stage: 'starting machines', done, of: rounds }) },
    );
    const [ours, theirs] = [samples.of('isola'), samples.of('hand')].map((times) => times.map(({ wallMs }) => wallMs));
    const wording = { group: 'machines', name: 'run busybox, from the command to its first output', quantity: 'wall time' };
    return [
      ratioRow(ratioInterval(ours ?? [], theirs ?? []), { ...wording, against: 'linux.uml by hand, on the same files', atMost: 1.3 }),
      figureRow(medianInterval(ours ?? []), { ...wording, unit: 'ms' }),
    ];
  } finally {
    rmSync(memory, { recursive: true, force: true });
  }
};

/** How long a system may take to come to rest, and its memory to go back to the host. */
const restMs = 90_000;

const idleRows = async (scene: Scene): Promise<readonly Row[]> => {
  const { isola } = scene;
  await using scope = new UndoScope();
  scope.defer(() => isola.clear());
  await scene.tree('debian/12');
  await isola.do('launch', ...technique, '--wait', '--memory', '128M', '--root', 'overlay', 'debian/12', 'idle');
  scene.tell({ stage: 'waiting for a Debian to idle' });
  await sleep(scene.isQuick ? restMs / 3 : restMs, undefined, { signal: scene.signal });
  const [usage] = await isola.data<UsageRow[]>('stats', 'idle');
  return [
    readingRow((usage?.memory.used ?? Number.NaN) / mebi, {
      group: 'machines',
      name: 'Debian with systemd, 128 MiB, idle',
      quantity: 'memory charged to it',
      unit: 'MiB',
      atMost: 60e6 / mebi,
    }),
  ];
};

const bytes = 100_000_000;

const agentRows = async (scene: Scene): Promise<readonly Row[]> => {
  const { isola } = scene;
  await using scope = new UndoScope();
  scope.defer(() => isola.clear());
  const shown = join(scene.directory, 'shown');
  mkdirSync(shown, { recursive: true });
  const file = join(shown, 'file');
  const stream = createWriteStream(file);
  for (let at = 0; at < bytes; at += mebi) stream.write(Buffer.alloc(Math.min(mebi, bytes - at), at / mebi));
  await new Promise((resolve) => stream.end(resolve));
  writeFileSync(join(shown, 'target'), '');
  await isola.do('launch', ...technique, '--hold', '--memory', '512M', '-v', `${shown}:/shown`, 'busybox', 'files');
  await using store = await Isola.open({ store: isola.directory });
  const machine = await store.get('files');
  const inside = async (...command: readonly [string, ...string[]]): Promise<void> => void (await machine.exec(command));
  const timed = async (work: () => Promise<unknown>): Promise<{ readonly wallMs: number }> => {
    const begun = performance.now();
    await work();
    return { wallMs: performance.now() - begun };
  };
  // The same two directories by hostfs, which nothing stands between: the guest's kernel copies within itself.
  const mounts =
    'mkdir -p /mnt/shown /mnt/own && mount -t hostfs -o /machine/volumes/0 none /mnt/shown && mount -t hostfs -o /machine/root none /mnt/own';
  // Once before it counts: a guest's memory is the host's to give when it is first touched.
  await inside('sh', '-c', `${mounts} && cp /mnt/shown/file /mnt/own/root/copied && cp /mnt/own/root/copied /mnt/shown/target`);
  const rounds = scene.isQuick ? 3 : 15;
  const samples = await inRounds(
    {
      in: () => timed(() => isola.do('cp', file, 'files:/root/in')).finally(() => inside('rm', '/root/in')),
      'hostfs in': () => timed(() => inside('cp', '/mnt/shown/file', '/mnt/own/root/copied')),
      out: () => timed(() => isola.do('cp', 'files:/root/copied', join(scene.directory, 'out'))),
      'hostfs out': () => timed(() => inside('cp', '/mnt/own/root/copied', '/mnt/shown/target')),
      exec: () => timed(() => inside('true')),
    },
    { rounds, signal: scene.signal, onRound: (done) => scene.tell({ stage: 'moving files', done, of: rounds }) },
  );
  const times = (who: 'in' | 'hostfs in' | 'out' | 'hostfs out' | 'exec') => samples.of(who).map(({ wallMs }) => wallMs);
  const wording = { group: 'machines', quantity: 'wall time', against: 'cp inside, from hostfs to hostfs', atMost: 2 };
  return [
    ratioRow(ratioInterval(times('in'), times('hostfs in')), { ...wording, name: 'isola cp of 100 MB into it' }),
    ratioRow(ratioInterval(times('out'), times('hostfs out')), { ...wording, name: 'isola cp of 100 MB out of it' }),
    figureRow(medianInterval(times('exec')), {
      group: 'machines',
      name: 'exec true, from a program that uses the library',
      quantity: 'wall time',
      unit: 'ms',
      atMost: 60,
    }),
  ];
};

const measure = async (scene: Scene): Promise<readonly Row[]> => [
  ...(await startRows(scene)),
  ...(await agentRows(scene)),
  ...(await idleRows(scene)),
];

export const machines: Bench = { subject: 'machines with a kernel of their own against the same kernel by hand', measure };
