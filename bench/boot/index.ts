/**
 * What people boot: Debian's kernel for clouds to a shell of busybox, and work inside, on isola boot, on Bochs and on QEMU's translator. All three get the same
 * kernel, command line, ramdisk and memory, and each does all of it in one run. Of Bochs what counts begins when the kernel is in its memory.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { inRounds } from '../measure/rounds.ts';
import type { Row } from '../measure/row.ts';
import type { Bench, Scene } from '../scene/scene.ts';
import { bochsLine } from './bochs.ts';
import { type Guest, makeGuest } from './guest.ts';
import { isolaLine } from './isola.ts';
import { rowsOf, type Taken, takenOf } from './pieces.ts';
import { restRows } from './rest.ts';
import { Unfinished, watch } from './watched.ts';

const qemuLine = ({ kernel, initrd, commandLine, memoryMib }: Guest): readonly string[] => [
  ...['qemu-system-x86_64', '-accel', 'tcg', '-m', `${memoryMib}`, '-display', 'none', '-monitor', 'none', '-serial', 'stdio'],
  ...['-no-reboot', '-net', 'none', '-kernel', kernel, '-initrd', initrd, '-append', commandLine],
];

const measure = async (scene: Scene): Promise<readonly Row[]> => {
  const directory = join(scene.directory, 'boot');
  mkdirSync(directory, { recursive: true });
  const guest = makeGuest(directory);
  const side = (line: readonly string[]) => async (): Promise<Taken> => {
    try {
      return takenOf(await watch(line, { signal: scene.signal, until: 'done' }));
    } catch (error) {
      if (!(error instanceof Unfinished)) throw error;
      return takenOf(error.marks, error.message);
    }
  };
  const rounds = scene.isQuick ? 1 : 3;
  const samples = await inRounds<Taken>(
    { isola: side(isolaLine(guest)), bochs: side(bochsLine(directory, guest)), qemu: side(qemuLine(guest)) },
    { rounds, signal: scene.signal, onRound: (done) => scene.tell({ stage: `booting, round ${done} of ${rounds}` }) },
  );
  return [...rowsOf(samples.of), ...(await restRows(scene, directory, guest))];
};

export const boot: Bench = {
  subject: 'computers: a kernel’s boot and work inside, against Bochs and QEMU’s translator; their start, memory and rest',
  measure,
};
