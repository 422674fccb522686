/** What boards and monitors make of a kernel's boot: Debian's for clouds to its first process, on a PC and on a microvm that begin it at once, with what KVM offers and without; and what KVM has for several processors. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { medianInterval, ratioInterval } from '../src/measure/index.ts';
import { archiveOf } from '../test/boot/archive.ts';
import { kernelFile } from '../test/oracle/kernel.ts';
import { isolaBoot } from './boot/isola.ts';
import { bootSeconds } from './boots/index.ts';
import { kvmRows } from './kvm.ts';
import { inRounds } from './measure/rounds.ts';
import { figureRow, type Row, ratioRow } from './measure/row.ts';
import type { Bench, Scene } from './scene/scene.ts';

const said = 'the first process';
const memory = '256M';
/** What others are compared with. */
const usual = 'a PC';

/** By what it is called, what is said behind `isola boot`. */
const computers = {
  [usual]: [],
  'a PC with KVM’s clock': ['--monitor', 'kvm,clock'],
  'a PC without delays by ports': ['--monitor', 'kvm,iodelay'],
  'a PC with KVM’s ends of interrupts': ['--monitor', 'kvm,eoi'],
  'a PC with all of that': ['--monitor', 'kvm'],
  'a microvm': ['--board', 'microvm'],
  'a microvm without KVM’s ABI': ['--board', 'microvm', '--monitor', 'none'],
} as const;

const measure = async (scene: Scene): Promise<readonly Row[]> => {
  const place = join(scene.directory, 'boards');
  mkdirSync(place, { recursive: true });
  const initrd = join(place, 'initrd.gz');
  writeFileSync(initrd, ramdisk());
  const kernel = ['--kernel', kernelFile(), '--initrd', initrd, '--append', 'console=ttyS0 quiet', '--memory', memory, '--display', 'none'];
  const side = (line: readonly string[]) => (): Promise<number> => bootSeconds({ steps: [{ shows: said }] }, { line, where: 'plainly' });
  const sides = Object.fromEntries(Object.entries(computers).map(([name, more]) => [name, side(isolaBoot(...kernel, ...more))]));
  const samples = await inRounds(sides, {
    rounds: scene.isQuick ? 1 : 3,
    signal: scene.signal,
    onRound: (done) => scene.tell({ stage: `booting on each board, round ${done}` }),
  });
  const wording = { group: 'Debian’s kernel for clouds, to its first process', quantity: 'CPU time' };
  const rows = Object.keys(sides).flatMap((name) => [
    figureRow(medianInterval(samples.of(name)), { ...wording, name, unit: 's' }),
    ...(name === usual ? [] : [ratioRow(ratioInterval(samples.of(name), samples.of(usual)), { ...wording, name, against: usual })]),
  ]);
  return [...rows, ...(await kvmRows(scene))];
};

/** Says that it is there, and rests. */
const ramdisk = (): Uint8Array =>
  archiveOf([
    ...['bin', 'dev'].map((name) => ({ name, mode: 0o040755 })),
    { name: 'bin/busybox', mode: 0o100755, data: readFileSync('/bin/busybox') },
    { name: 'init', mode: 0o100755, data: new TextEncoder().encode(`#!/bin/busybox sh\necho ${said}\nexec /bin/busybox sleep 100000\n`) },
    { name: 'dev/console', mode: 0o020600, device: [5, 1] },
  ]);

export const boards: Bench = {
  subject: 'a kernel’s boot on a PC and on a microvm, with KVM’s ABI and without, and what that has for several processors',
  measure,
};
