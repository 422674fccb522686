/** What a computer of isola's costs before it does anything and while it does nothing: its start, its memory, its rest. */
import { spawn } from 'node:child_process';
import { medianInterval } from '../../src/measure/index.ts';
import { figureRow, type Row, readingRow } from '../measure/row.ts';
import type { Scene } from '../scene/scene.ts';
import { start } from './computer.ts';
import type { Guest } from './guest.ts';
import { idleRows } from './idle.ts';
import { isolaBoot } from './isola.ts';
import { shareMib, touchedMib } from './memory.ts';
import { cpuSecondsOf } from './watched.ts';

export const restRows = async (scene: Scene, directory: string, guest: Guest): Promise<readonly Row[]> => {
  scene.tell({ stage: 'starting computers' });
  const starts: number[] = [];
  for (let round = 0; round < (scene.isQuick ? 2 : 9); round++) starts.push(await startSeconds(scene));
  const firmware = { group: 'start and rest', name: 'SeaBIOS’ first words on the screen' };
  return [
    figureRow(medianInterval(starts), { ...firmware, quantity: 'CPU time since the command', unit: 's', atMost: 0.4 }),
    ...(await idleRows(scene, directory, guest, (pid) => memoryRows(pid, guest))),
  ];
};

const startSeconds = async ({ signal }: Scene): Promise<number> => {
  signal.throwIfAborted();
  const computer = await start(isolaBoot('--display', 'text'), 'on a given terminal');
  try {
    await computer.shows('SeaBIOS');
    return computer.cpuSeconds();
  } finally {
    await computer.end();
  }
};

const memoryRows = async (pid: number, { memoryMib }: Guest): Promise<readonly Row[]> => {
  const [share, touched, node] = [shareMib(pid), touchedMib(pid, memoryMib), await nodeAlone()];
  const row = { group: 'start and rest', unit: 'MiB' } as const;
  return [
    readingRow(share - touched, {
      ...row,
      name: 'Linux with a shell',
      quantity: 'memory (Pss) beyond the guest pages that were touched',
      atMost: 64,
    }),
    readingRow(shareMib(pid, 'Pss_Anon') - touched, {
      ...row,
      name: 'Linux with a shell',
      quantity: 'of that what is in no file (Pss_Anon): without the pages of Node’s program',
    }),
    readingRow(touched, { ...row, name: 'Linux with a shell', quantity: 'guest pages that were touched' }),
    readingRow(node.mib, { ...row, name: 'Node without a program', quantity: 'memory (Pss)' }),
    readingRow(node.seconds, {
      ...row,
      name: 'Node without a program',
      quantity: 'CPU time of its start, as of this processor',
      unit: 's',
    }),
  ];
};

const nodeAlone = async (): Promise<{ readonly mib: number; readonly seconds: number }> => {
  const child = spawn(process.execPath, ['-e', 'console.log(1); setTimeout(() => {}, 60000)'], { stdio: ['ignore', 'pipe', 'ignore'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const pid = child.pid ?? 0;
  const [mib, seconds] = [shareMib(pid), cpuSecondsOf(pid)];
  child.kill('SIGKILL');
  if (seconds === undefined) throw new Error('Node ended before it was measured');
  return { mib, seconds };
};
