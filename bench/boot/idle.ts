/**
 * What a computer takes of a processor while it rests. It is watched behind what its start and its coming to rest take, in windows of which the median counts:
 * what comes now and then, as a collection of garbage does, or a piece of the guest's own work, is in few of them.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { median, medianInterval } from '../../src/measure/index.ts';
import { absentRow, figureRow, type Row, readingRow } from '../measure/row.ts';
import type { Scene } from '../scene/scene.ts';
import { type Computer, Stuck, start } from './computer.ts';
import type { Guest } from './guest.ts';
import { isolaBoot, isolaLine } from './isola.ts';

/** How many windows, and how long each is: SeaBIOS tries to boot anew after a minute. */
const [windows, windowMs] = [15, 2000];
/** Of a processor: what takes less for a second rests. */
const calmShare = 0.06;
/** Seconds of rest before it is watched: it gives memory back within four. */
const calmSeconds = 6;
const group = 'start and rest';

/** hlt; jmp to it: with interrupts, as DOS rests. */
const restingSector = (): Uint8Array => {
  const bytes = new Uint8Array(1440 * 1024);
  // mov ax, 0e40h; int 10h: “@” on the screen. Then sti; hlt; jmp.
  bytes.set([0xb8, 0x40, 0x0e, 0xcd, 0x10, 0xfb, 0xf4, 0xeb, 0xfd]);
  bytes.set([0x55, 0xaa], 510);
  return bytes;
};

/** `memoryRows` are of Linux' process, when it rests. */
export const idleRows = async (
  scene: Scene,
  directory: string,
  guest: Guest,
  memoryRows: (pid: number) => Promise<readonly Row[]>,
): Promise<readonly Row[]> => {
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
    const wording = { group, name, quantity: 'CPU time of the time it rests', unit: '×' } as const;
    try {
      await computer.shows(until);
      const settling = await settled(computer);
      const parts = await watched(computer, scene.isQuick ? 3 : windows);
      rows.push(figureRow(medianInterval(parts), { ...wording, atMost: 0.02 }));
      if (name !== 'Linux with a shell, no terminal') continue;
      const quantity = 'CPU time of giving memory back, once after its work';
      rows.push(readingRow(tidyingSeconds(settling), { group, name: 'Linux with a shell', quantity, unit: 's' }));
      rows.push(...(await memoryRows(computer.pid)));
    } catch (error) {
      if (!(error instanceof Stuck)) throw error;
      rows.push(absentRow(error.message, wording));
    } finally {
      await computer.end();
    }
  }
  return rows;
};

/** Parts of a processor, window by window. */
const watched = async (computer: Computer, count: number): Promise<readonly number[]> => {
  const parts: number[] = [];
  for (let window = 0; window < count; window++) parts.push(await partIn(computer, windowMs));
  return parts;
};

/** Until it has taken little for some seconds: one that boots takes all there is. Returns what it took, second by second. */
const settled = async (computer: Computer): Promise<readonly number[]> => {
  const seconds: number[] = [];
  for (let calm = 0; calm < calmSeconds; ) {
    if (seconds.length === 120) throw new Stuck('it never came to rest');
    const part = await partIn(computer, 1000);
    seconds.push(part);
    calm = part < calmShare ? calm + 1 : 0;
  }
  return seconds;
};

const partIn = async (computer: Computer, ms: number): Promise<number> => {
  const [before, begun] = [computer.cpuSeconds(), performance.now()];
  await sleep(ms);
  return (computer.cpuSeconds() - before) / ((performance.now() - begun) / 1000);
};

/** What it took beyond rest after it had rested for a first second. */
const tidyingSeconds = (settling: readonly number[]): number => {
  const since = settling.slice(settling.findIndex((part) => part < calmShare));
  const usual = median(since);
  return since.reduce((sum, part) => sum + Math.max(part - usual, 0), 0);
};
