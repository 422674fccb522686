/**
 * Environments that are computers of isola's own: how long until a command in one has said something, against podman and against QEMU's translator booting the same kernel; and what it
 * takes to go on from a snapshot.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UndoScope } from '../src/environment/index.ts';
import { medianInterval, ratioInterval } from '../src/measure/index.ts';
import { shellArchive } from '../test/boot/shell.ts';
import { kernelFile } from '../test/oracle/kernel.ts';
import { inRounds } from './measure/rounds.ts';
import { figureRow, type Row, ratioRow } from './measure/row.ts';
import type { Bench, Scene } from './scene/scene.ts';

const technique = ['--technique', 'emulation'] as const;
const word = 'Linux';

/** Until a program has said it, in ms; then it is ended, or waited for. */
const untilWord = async (
  [program = '', ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
  { said: wanted, ends }: { readonly said: string; readonly ends: boolean },
): Promise<number> => {
  const begun = performance.now();
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const over = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let said = '';
  let wallMs: number | undefined;
  child.stdout.on('data', (chunk: Buffer) => {
    said += String(chunk);
    if (wallMs !== undefined || !said.includes(wanted)) return;
    wallMs = performance.now() - begun;
    if (!ends) child.kill('SIGKILL');
  });
  await over;
  if (wallMs === undefined) throw new Error(`${program} ended without a word: ${said.slice(-500)}`);
  return wallMs;
};

const measure = async (scene: Scene): Promise<readonly Row[]> => {
  const { isola, podman, annex } = scene;
  await using scope = new UndoScope();
  scope.defer(() => isola.clear());
  const tree = await scene.tree('busybox');
  scene.tell({ stage: 'booting a machine to start others from' });
  await isola.do('run', ...technique, 'busybox', '--', 'true');
  const place = join(scene.directory, 'computers');
  mkdirSync(place, { recursive: true });
  const initrd = join(place, 'initrd.gz');
  writeFileSync(initrd, shellArchive());
  const qemu = [
    ...['qemu-system-x86_64', '-accel', 'tcg', '-m', '512', '-nodefaults', '-display', 'none', '-serial', 'stdio', '-no-reboot'],
    ...['-kernel', kernelFile(), '-initrd', initrd, '-append', 'console=ttyS0 quiet'],
  ];
  const rounds = scene.isQuick ? 3 : 15;
  const [ours, podmans, qemus] = ['isola', 'podman', 'QEMU'] as const;
  const samples = await inRounds(
    {
      [ours]: () =>
        untilWord(isola.line('run', ...technique, 'busybox', '--', 'uname'), { ...process.env, ...isola.env }, { said: word, ends: true }),
      [podmans]: () =>
        untilWord([...annex.way, ...podman.line('run', '--rm', '--network=bridge', '--rootfs', tree, 'uname')], process.env, {
          said: word,
          ends: true,
        }).finally(() => podman.rest()),
      [qemus]: () => untilWord(qemu, process.env, { said: `${word} x86_64 up`, ends: false }),
    },
    { rounds, signal: scene.signal, onRound: (done) => scene.tell({ stage: 'starting computers', done, of: rounds }) },
  );
  const wording = { group: 'computers', name: 'run busybox, from the command to its first output', quantity: 'wall time' };
  return [
    ratioRow(ratioInterval(samples.of(ours), samples.of(podmans)), { ...wording, against: 'podman run --rm', atMost: 1.5 }),
    ratioRow(ratioInterval(samples.of(ours), samples.of(qemus)), {
      ...wording,
      against: 'QEMU’s translator booting the same kernel',
      atMost: 0.1,
    }),
    figureRow(medianInterval(samples.of(ours)), { ...wording, unit: 'ms' }),
  ];
};

export const computers: Bench = {
  subject: 'environments that are emulated computers: starts against podman, and against QEMU’s translator booting the same',
  measure,
};
