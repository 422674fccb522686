/** What a computer of isola's costs before it does anything and while it does nothing: its start, its memory, its rest. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { medianInterval } from '../../src/measure/index.ts';
import { figureRow, type Row, readingRow } from '../measure/row.ts';
import type { Scene } from '../scene/scene.ts';
import { type Computer, start } from './computer.ts';
import type { Guest } from './guest.ts';
import { isolaBoot, isolaLine } from './isola.ts';
import { shareMib, touchedMib } from './memory.ts';

/** How long its rest is watched. */
const watchedMs = 10_000;

export const restRows = async (scene: Scene, directory: string, guest: Guest): Promise<readonly Row[]> => {
  scene.tell({ stage: 'starting computers' });
  const starts: number[] = [];
  for (let round = 0; round < (scene.isQuick ? 2 : 9); round++) starts.push(await startSeconds(scene));
  const firmware = { group: 'start and rest', name: 'SeaBIOS’ first words on the screen' };
  return [
    figureRow(medianInterval(starts), { ...firmware, quantity: 'CPU time since the command', unit: 's', atMost: 0.4 }),
    ...(await idleRows(scene, directory, guest)),
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

/** hlt; jmp to it: with interrupts, as DOS rests. */
const restingSector = (): Uint8Array => {
  const bytes = new Uint8Array(1440 * 1024);
  // mov ax, 0e40h; int 10h: “@” on the screen. Then sti; hlt; jmp.
  bytes.set([0xb8, 0x40, 0x0e, 0xcd, 0x10, 0xfb, 0xf4, 0xeb, 0xfd]);
  bytes.set([0x55, 0xaa], 510);
  return bytes;
};

const idleRows = async (scene: Scene, directory: string, guest: Guest): Promise<readonly Row[]> => {
  const sector = join(directory, 'resting.img');
  writeFileSync(sector, restingSector());
  const screen = ['--display', 'text'];
  const rows: Row[] = [];
  for (const { name, line, where, until } of [
    { name: 'Linux with a shell, screen', line: isolaLine(guest, ' rest', screen), where: 'on a given terminal', until: '' },
    { name: 'Linux with a shell, serial line', line: isolaLine(guest, ' rest'), where: 'on a given terminal', until: '@shell' },
    { name: 'Linux with a shell, no terminal', line: isolaLine(guest, ' rest'), where: 'plainly', until: '@shell' },
    { name: 'SeaBIOS without a disk, screen', line: isolaBoot(...screen), where: 'on a given terminal', until: 'bootable' },
    { name: 'SeaBIOS without a disk, no terminal', line: isolaBoot('--display', 'none'), where: 'plainly', until: '' },
    { name: 'a loop of HLT, screen', line: isolaBoot('--floppy', sector, ...screen), where: 'on a given terminal', until: '@' },
    { name: 'a loop of HLT, no terminal', line: isolaBoot('--floppy', sector, '--display', 'none'), where: 'plainly', until: '' },
  ] as const) {
    scene.tell({ stage: `watching rest: ${name}` });
    scene.signal.throwIfAborted();
    const computer = await start(line, where);
    try {
      await computer.shows(until);
      await settled(computer);
      const [before, begun] = [computer.cpuSeconds(), performance.now()];
      await sleep(scene.isQuick ? 2000 : watchedMs);
      const part = (computer.cpuSeconds() - before) / ((performance.now() - begun) / 1000);
      rows.push(readingRow(part, { group: 'start and rest', name, quantity: 'CPU time of the time it rests', unit: '×', atMost: 0.02 }));
      if (name === 'Linux with a shell, no terminal') rows.push(...(await memoryRows(computer.pid, guest)));
    } finally {
      await computer.end();
    }
  }
  return rows;
};

/** Until it has taken little for some seconds: one that boots takes all there is. */
const settled = async (computer: Computer): Promise<void> => {
  for (let [calm, left] = [0, 120]; calm < 5; left--) {
    if (left === 0) throw new Error('it never came to rest');
    const before = computer.cpuSeconds();
    await sleep(1000);
    calm = computer.cpuSeconds() - before < 0.15 ? calm + 1 : 0;
  }
};

const memoryRows = async (pid: number, { memoryMib }: Guest): Promise<readonly Row[]> => {
  const [share, touched, node] = [shareMib(pid), touchedMib(pid, memoryMib), await nodeMib()];
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
    readingRow(node, { ...row, name: 'Node without a program', quantity: 'memory (Pss)' }),
  ];
};

const nodeMib = async (): Promise<number> => {
  const child = spawn(process.execPath, ['-e', 'console.log(1); setTimeout(() => {}, 60000)'], { stdio: ['ignore', 'pipe', 'ignore'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const share = shareMib(child.pid ?? 0);
  child.kill('SIGKILL');
  return share;
};
