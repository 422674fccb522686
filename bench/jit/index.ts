/**
 * What translation gains: isola's processor in guests of 64 and of 32 bits against QEMU's translator, v86's JIT and the host's own processor, on the same work in the
 * same session. Each does all of it in one run; who is next is chance. Of computers it is the CPU time of their whole process, threads and children included,
 * from the line on the serial port before a piece of work to the one behind it, and of a boot from the command's start to the shell; on the host that of the piece's processes.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readyInterpreter } from '../../src/computer/engine/interpreter.ts';
import { UndoScope } from '../../src/environment/index.ts';
import type { Guest } from '../boot/guest.ts';
import { inRounds } from '../measure/rounds.ts';
import type { Row } from '../measure/row.ts';
import { Stopwatch } from '../measure/stopwatch.ts';
import type { Bench, Scene } from '../scene/scene.ts';
import { makeGuest, makeHosted } from './guest.ts';
import { pieces as allPieces, lessOf, type Piece } from './pieces.ts';
import { rowsOf } from './rows.ts';
import { directName, type SideName, sidesOf } from './sides.ts';
import type { Taken } from './taken.ts';
import { textOf } from './text.ts';

const usualRounds = 3;

const measure = async (scene: Scene): Promise<readonly Row[]> => {
  await using scope = new UndoScope();
  const place = join(scene.directory, 'jit');
  mkdirSync(place, { recursive: true });
  const pieces = scene.isQuick ? allPieces.map(lessOf) : allPieces;
  scene.tell({ stage: 'making guests' });
  // Sources that have changed have it derived anew, which is nobody's boot.
  readyInterpreter();
  const guests = { 32: guestOr(place, 32, pieces), 64: guestOr(place, 64, pieces) };
  const stopwatch = await Stopwatch.start({ outputPath: join(place, 'output'), signal: scene.signal });
  scope.defer(() => stopwatch.close());
  const { [directName]: _elsewhere, ...sides } = sidesOf({
    place,
    pieces,
    guests,
    hosted: makeHosted(place),
    stopwatch,
    signal: scene.signal,
  });
  const truth = await sides.host(new Map());
  const rounds = scene.rounds ?? (scene.isQuick ? 1 : usualRounds);
  let runs = 0;
  const told = ([name, side]: [string, (typeof sides)[SideName]]) => [
    name,
    () => {
      scene.tell({ stage: `working: ${name}`, done: runs++, of: rounds * Object.keys(sides).length });
      return side(truth);
    },
  ];
  const samples = await inRounds<Taken>(Object.fromEntries(Object.entries(sides).map(told)), { rounds, signal: scene.signal });
  return rowsOf(samples.of, pieces);
};

/** Or why there is none: its packages come from elsewhere. */
export const guestOr = (place: string, bits: 32 | 64, pieces: readonly Piece[]): Guest | string => {
  try {
    return makeGuest(place, bits, pieces);
  } catch (error) {
    return `its guest can't be made: ${error instanceof Error ? error.message.trim() : String(error)}`;
  }
};

export const jit: Bench = {
  subject: 'what translation gains: isola’s processor against QEMU’s translator, v86’s JIT and the host, with the bars of the JIT',
  takesRounds: true,
  text: textOf,
  measure,
};
