/**
 * What it gains to run programs as they are: isola's computer with programs of 64 bits in processes of the host against the same computer that emulates them, QEMU's translator, User-Mode Linux, and the host's own processor, on
 * the work of the bench jit. Of computers it is the CPU time of all their processes.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readyInterpreter } from '../../src/computer/engine/interpreter.ts';
import { UndoScope } from '../../src/environment/index.ts';
import { medianInterval, ratioInterval } from '../../src/measure/index.ts';
import { makeHosted } from '../jit/guest.ts';
import { guestOr } from '../jit/index.ts';
import { pieces as allPieces, type Kind, lessOf, type Piece } from '../jit/pieces.ts';
import { directName, sidesOf, umlName } from '../jit/sides.ts';
import type { Taken } from '../jit/taken.ts';
import { inRounds, type Samples } from '../measure/rounds.ts';
import { absentRow, figureRow, type Row, ratioRow } from '../measure/row.ts';
import { Stopwatch } from '../measure/stopwatch.ts';
import type { Bench, Scene } from '../scene/scene.ts';

const emulated = 'isola, x86-64';
const others = ['host', 'QEMU', umlName, emulated] as const;
type Other = (typeof others)[number];
type Work = Pick<Piece, 'name'> & { readonly kind: Kind | 'boot' };

/** Loops that take a translator seconds are through on the host while a process begins. */
const moreOf = ({ name, kind, count, ...rest }: Piece): Piece => {
  const more = name === 'calls' ? count + 5 : kind === 'processor' || kind === 'strings' ? 10 * count : count;
  return { ...rest, name, kind, count: more };
};

const measure = async (scene: Scene): Promise<readonly Row[]> => {
  await using scope = new UndoScope();
  const place = join(scene.directory, 'direct');
  mkdirSync(place, { recursive: true });
  const pieces = (scene.isQuick ? allPieces.map(lessOf) : allPieces).map(moreOf);
  scene.tell({ stage: 'making a guest' });
  readyInterpreter();
  const guests = { 32: 'it is of 64 bits', 64: guestOr(place, 64, pieces) };
  const stopwatch = await Stopwatch.start({ outputPath: join(place, 'output'), signal: scene.signal });
  scope.defer(() => stopwatch.close());
  const sides = sidesOf({ place, pieces, guests, hosted: makeHosted(place), stopwatch, signal: scene.signal });
  const truth = await sides.host(new Map());
  const rounds = scene.rounds ?? (scene.isQuick ? 1 : 5);
  let runs = 0;
  const told = (name: typeof directName | Other): [string, () => Promise<Taken>] => [
    name,
    () => {
      scene.tell({ stage: `working: ${name}`, done: runs++, of: rounds * (others.length + 1) });
      return sides[name](truth);
    },
  ];
  const samples = await inRounds<Taken>(Object.fromEntries(([directName, ...others] as const).map(told)), { rounds, signal: scene.signal });
  return [{ name: 'boot', kind: 'boot' } as const, ...pieces].flatMap((work) => rowsOf(samples, work));
};

/** What the issue of virtualization asks for: pure loops as on the host, programs nearly so, a fifth of QEMU's translator; systems no slower than User-Mode Linux, and like boots no slower than emulated. */
const atMost = (against: Other, kind: Work['kind']): number | undefined => {
  if (against === 'host') return kind === 'processor' || kind === 'strings' ? 1.03 : kind === 'programs' ? 1.3 : undefined;
  if (against === 'QEMU') return kind === 'processor' || kind === 'programs' ? 0.2 : undefined;
  if (against === umlName) return kind === 'system' ? 1 : undefined;
  return kind === 'system' ? 1.1 : kind === 'boot' ? 1 : undefined;
};

const rowsOf = (samples: Samples<Taken>, { name, kind }: Work): readonly Row[] => {
  const wording = { group: `direct, ${kind}`, name, quantity: 'CPU time' };
  const of = (side: string): readonly (number | string)[] =>
    samples.of(side).map((taken) => {
      const found = taken.get(name) ?? 'it was not tried';
      return typeof found === 'string' ? found : found.cpuSeconds;
    });
  const ours = of(directName);
  const why = ours.find((one) => typeof one === 'string');
  if (why !== undefined) return [absentRow(why, { ...wording, unit: 's' })];
  return [
    figureRow(medianInterval(ours.filter(isNumber)), { ...wording, unit: 's' }),
    ...others.flatMap((against) => {
      if (against === 'host' && kind === 'boot') return [];
      const theirs = of(against);
      const absent = theirs.find((one) => typeof one === 'string');
      if (absent !== undefined) return [absentRow(absent, { ...wording, against, unit: '×' })];
      const bound = { ...wording, against: againstOf[against], atMost: atMost(against, kind) };
      return [ratioRow(ratioInterval(ours.filter(isNumber), theirs.filter(isNumber)), bound)];
    }),
  ];
};

const againstOf = { host: 'the host', QEMU: 'QEMU’s translator', [umlName]: 'User-Mode Linux', [emulated]: 'emulation' } as const;

const isNumber = (one: number | string): one is number => typeof one === 'number';

export const direct: Bench = {
  subject: 'what it gains to run a guest’s programs as they are: against the host, QEMU’s translator, User-Mode Linux, and emulation',
  takesRounds: true,
  measure,
};
