/**
 * What people boot: Debian's kernel for clouds to a shell of busybox, and work inside, on isola boot, on Bochs and on QEMU's translator. All three get the same
 * kernel, command line, ramdisk and memory, and each does all of it in one run. Of Bochs what counts begins when the kernel is in its memory.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Interval, medianInterval, ratioInterval } from '../../src/measure/index.ts';
import { inRounds } from '../measure/rounds.ts';
import { figureRow, type Row, ratioRow, readingRow } from '../measure/row.ts';
import type { Bench, Scene } from '../scene/scene.ts';
import { bochsLine } from './bochs.ts';
import { type Guest, makeGuest } from './guest.ts';
import { isolaLine } from './isola.ts';
import { restRows } from './rest.ts';
import { piecesOf, watch } from './watched.ts';

const qemuLine = ({ kernel, initrd, commandLine, memoryMib }: Guest): readonly string[] => [
  ...['qemu-system-x86_64', '-accel', 'tcg', '-m', `${memoryMib}`, '-display', 'none', '-monitor', 'none', '-serial', 'stdio'],
  ...['-no-reboot', '-net', 'none', '-kernel', kernel, '-initrd', initrd, '-append', commandLine],
];

type Pieces = ReadonlyMap<string, number>;

const measure = async (scene: Scene): Promise<readonly Row[]> => {
  const directory = join(scene.directory, 'boot');
  mkdirSync(directory, { recursive: true });
  const guest = makeGuest(directory);
  const side = (line: readonly string[]) => async (): Promise<Pieces> =>
    piecesOf(await watch(line, { signal: scene.signal, until: 'done' }));
  const rounds = scene.isQuick ? 1 : 3;
  const samples = await inRounds<Pieces>(
    { isola: side(isolaLine(guest)), bochs: side(bochsLine(directory, guest)), qemu: side(qemuLine(guest)) },
    { rounds, signal: scene.signal, onRound: (done) => scene.tell({ stage: `booting, round ${done} of ${rounds}` }) },
  );
  const work = workRows(
    (who, piece) => samples.of(who).map((pieces) => pieces.get(piece) ?? Number.NaN),
    [...(samples.of('isola')[0]?.keys() ?? [])],
  );
  return [...work, ...(await restRows(scene, directory, guest))];
};

type Of = (who: 'isola' | 'bochs' | 'qemu', piece: string) => readonly number[];

const workRows = (of: Of, pieces: readonly string[]): readonly Row[] => {
  const against = (piece: string, who: 'bochs' | 'qemu'): Interval => ratioInterval(of('isola', piece), of(who, piece));
  const rest = pieces.filter((piece) => piece !== 'boot');
  const mean = (who: 'bochs' | 'qemu'): number =>
    Math.exp(rest.reduce((sum, piece) => sum + Math.log(against(piece, who).value), 0) / rest.length);
  const quantity = 'CPU time';
  const named = (piece: string) =>
    piece === 'boot'
      ? { group: 'boot', name: 'Debian’s kernel for clouds, to a shell', quantity }
      : { group: 'work inside', name: piece, quantity };
  const whole = { group: 'work inside', name: 'geometric mean', quantity };
  return [
    ...pieces.flatMap((piece) => [
      figureRow(medianInterval(of('isola', piece)), { ...named(piece), unit: 's' }),
      ratioRow(against(piece, 'bochs'), { ...named(piece), against: 'Bochs', ...(piece === 'boot' && { atMost: 0.5 }) }),
      ratioRow(against(piece, 'qemu'), { ...named(piece), against: 'QEMU, translating (TCG)' }),
    ]),
    readingRow(mean('bochs'), { ...whole, quantity: 'CPU time against Bochs', unit: '×', atMost: 0.5 }),
    readingRow(mean('qemu'), { ...whole, quantity: 'CPU time against QEMU, translating (TCG)', unit: '×' }),
  ];
};

export const boot: Bench = {
  subject: 'computers: a kernel’s boot and work inside, against Bochs and QEMU’s translator; their start, memory and rest',
  measure,
};
