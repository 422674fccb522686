/**
 * What disks and networks of computers carry, isola's against QEMU's with its translator. Both run all the time, and carry one after the other; once each
 * before it counts.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UndoScope } from '../../src/environment/index.ts';
import { medianInterval, ratioInterval } from '../../src/measure/index.ts';
import { compile } from '../measure/compile.ts';
import { inRounds } from '../measure/rounds.ts';
import { figureRow, type Row, ratioRow } from '../measure/row.ts';
import type { Bench, Scene } from '../scene/scene.ts';
import { archive, mib, names, port, type Step } from './guest.ts';
import type { Carried, Machine } from './machine.ts';
import { isolaMachine, type Place, qemuMachine, start } from './sides.ts';

const measure = async (scene: Scene): Promise<readonly Row[]> => {
  await using scope = new UndoScope();
  const directory = join(scene.directory, 'transfer');
  mkdirSync(directory);
  // Where root starts it, passt becomes nobody.
  chmodSync(directory, 0o777);
  const carried = (scene.isQuick ? 64 : 256) * mib;
  const place: Place = { directory, initrd: join(directory, 'initrd.gz'), diskBytes: carried, scope };
  writeFileSync(place.initrd, await archive());
  await start(scope, await compile('carry'), ['serve', `${port}`], () => true);
  scene.tell({ stage: 'booting both' });
  const sides = { isola: await isolaMachine(scene, place), QEMU: await qemuMachine(place) } as const;
  const rows: Row[] = [];
  for (const name of names) rows.push(...(await rowsOf(scene, sides, name, carried)));
  return rows;
};

type Side = 'isola' | 'QEMU';
type Sides = Readonly<Record<Side, Machine>>;

const rowsOf = async (scene: Scene, sides: Sides, name: Step, carried: number): Promise<readonly Row[]> => {
  const subjects = {
    isola: () => sides.isola.carry(name, carried),
    QEMU: () => sides.QEMU.carry(name, carried),
  };
  for (const once of Object.values(subjects)) await once();
  const samples = await inRounds<Carried>(subjects, {
    rounds: scene.isQuick ? 2 : 9,
    signal: scene.signal,
    onRound: (done) => scene.tell({ stage: `carrying, ${name}, round ${done}` }),
  });
  const wallOf = (side: Side): readonly number[] => samples.of(side).map(({ wallMs }) => wallMs);
  const cpuOf = (side: Side): readonly number[] => samples.of(side).map(({ cpuSeconds }) => cpuSeconds);
  const wording = { group: 'transfer', name };
  const against = 'QEMU’s translator';
  return [
    ratioRow(ratioInterval(wallOf('QEMU'), wallOf('isola')), {
      ...{ ...wording, quantity: 'speed', against },
      atLeast: 0.5,
    }),
    ratioRow(ratioInterval(cpuOf('isola'), cpuOf('QEMU')), { ...wording, quantity: 'CPU time', against }),
    figureRow(medianInterval(wallOf('isola').map((ms) => carried / mib / (ms / 1000))), { ...wording, quantity: 'speed', unit: 'MiB/s' }),
  ];
};

export const transfer: Bench = { subject: 'what disks and networks of computers carry, against QEMU’s translator', measure };
