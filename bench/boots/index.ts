/** What boots, and what it takes of the host's processor to a point that all can be seen to reach: isola, QEMU's translator, Bochs and v86. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { medianInterval, ratioInterval } from '../../src/measure/index.ts';
import { start } from '../boot/computer.ts';
import { inRounds } from '../measure/rounds.ts';
import { figureRow, type Row, ratioRow } from '../measure/row.ts';
import type { Bench, Scene } from '../scene/scene.ts';
import { isola, type Peer, peers, type Started } from './peers.ts';
import type { System } from './system.ts';
import { systems } from './systems.ts';

/** For each step. */
const patienceMs = 400_000;

const measure = async (scene: Scene): Promise<readonly Row[]> => {
  const rows: Row[] = [];
  for (const [index, system] of systems.entries()) rows.push(...(await rowsOf(scene, system, join(scene.directory, `boots-${index}`))));
  return rows;
};

const rowsOf = async (scene: Scene, system: System, place: string): Promise<readonly Row[]> => {
  mkdirSync(place, { recursive: true });
  const medium = system.medium(place);
  const able = peers.filter((peer) => peer.refuses?.(system) === undefined);
  const secondsOf = (peer: Peer) => (): Promise<number> => bootSeconds(system, peer.start(system, medium, place));
  const samples = await inRounds(Object.fromEntries([isola, ...able].map((peer) => [peer.name, secondsOf(peer)])), {
    rounds: scene.isQuick ? 1 : system.rounds,
    signal: scene.signal,
    onRound: (done) => scene.tell({ stage: `booting ${system.name}, round ${done}` }),
  });
  const wording = { group: system.name, quantity: 'CPU time' };
  return [isola, ...able].flatMap(({ name }) => [
    figureRow(medianInterval(samples.of(name)), { ...wording, name, unit: 's' }),
    ...(name === isola.name
      ? []
      : [ratioRow(ratioInterval(samples.of(isola.name), samples.of(name)), { ...wording, name: isola.name, against: name })]),
  ]);
};

/** Of its process, to the last step. */
export const bootSeconds = async (
  { steps }: Pick<System, 'steps'>,
  { line, where, loaded }: Started,
  limitMs = patienceMs,
): Promise<number> => {
  const computer = await start(line, where, limitMs);
  try {
    let before = 0;
    if (loaded !== undefined) {
      await computer.shows(loaded);
      before = computer.cpuSeconds();
    }
    for (const { shows, types } of steps) {
      await computer.shows(shows);
      if (types !== undefined) computer.types(types);
    }
    return computer.cpuSeconds() - before;
  } finally {
    await computer.end();
  }
};

export const boots: Bench = { subject: 'what boots, to a point that all are seen to reach: isola, QEMU’s translator, Bochs, v86', measure };
