/** Programs by chance, interpreted and translated from the first executions on: in slices of any length, between which interrupts come, they do the same. */
import { engine as readyEngine } from '../../src/computer/engine/index.ts';
import { translatorOf } from '../../src/computer/engine/translator.ts';
import type { Translating } from '../../src/cpu/index.ts';
import { eagerly, Lockstep } from '../../src/cpu/stage/lockstep.ts';
import type { Translator } from '../../src/isa/index.ts';
import { pick, type Random, runAlone } from '../mutation.ts';
import { anywhere } from './anywhere.ts';
import { resetState } from './modes.ts';
import { memoryBytes } from './rig.ts';
import { structured } from './structured.ts';

const most = 3000;
/** Each is compared, which takes a millisecond. */
const mostSlices = 12;
/** How soon blocks are translated: before they run, and after they were led to a few times, with those around them. */
export const eagernesses = [eagerly, { often: 2, fewestVisits: 1, isAtOnce: true }, { often: 5, fewestVisits: 2, isAtOnce: true }] as const;
let pairs: readonly Lockstep[] | undefined;

/** One of each eagerness, made when they are first wanted. */
export const locksteps = (): readonly Lockstep[] => {
  if (pairs === undefined) {
    pairs = eagernesses.map((eagerness) => lockstepOf(memoryBytes, eagerness));
  }
  return pairs;
};

let translator: Translator | undefined;

/** Two processors with so much memory each. */
export const lockstepOf = (bytes: number, eagerness: Omit<Translating, 'translator'>): Lockstep => {
  const interpreting = readyEngine('off');
  translator ??= translatorOf(interpreting.interpreter);
  const made = translator;
  return new Lockstep({
    memoryBytes: bytes,
    interpreting,
    translating: { ...interpreting, translating: { translator: () => made, ...eagerness } },
  });
};

export const lockstep = (random: Random): void => {
  const { state, memory } = random(5) === 0 ? anywhere(random, resetState()) : structured(random, resetState());
  const pair = pick(random, locksteps());
  pair.set(state, memory);
  const isInterrupted = random(2) === 0;
  const slice = pick(random, [1, 20, 300, most]);
  for (let [left, slices] = [most, mostSlices]; left > 0 && slices > 0; slices--) {
    const budget = Math.min(left, 1 + random(slice) + (slice === 1 ? random(7) : 0));
    const exit = pair.run(budget);
    left -= budget;
    if (exit.why !== 'budget' && exit.why !== 'halt') return;
    const vector = random(64);
    if (isInterrupted && random(3) === 0) pair.both(({ processor }) => processor.interrupt(vector));
    else if (exit.why === 'halt') return;
  }
};

if (import.meta.main) runAlone('lockstep', lockstep);
