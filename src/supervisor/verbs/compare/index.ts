/** `isola compare`: the same work under every technique that this host can run, and on the bare host. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { ComparedTechnique, Comparison, Input } from '../../../environment/command/index.ts';
import { type Call, Refusal, type Technique, UndoScope, type Verdict } from '../../../environment/index.ts';
import { removeTree, writeWhole } from '../../../host/file/files.ts';
import { describeMachine, readLoad } from '../../../host/machine.ts';
import { packageOf } from '../../../host/program/programs.ts';
import { chart, markdown } from '../../../measure/index.ts';
import type { Bench } from '../../bench.ts';
import { figuresOf } from './figures.ts';
import { keep, lastKept } from './kept.ts';
import { type Pace, paces, runSessions } from './pace.ts';
import { comparing, directoryOf } from './place.ts';
import type { Arena, Contender } from './session.ts';
import { traitsOf } from './traits.ts';

const smallImage = 'busybox';

/** `pace`: how much time it takes; what the input says if left away. */
export const compare = async (
  bench: Bench,
  input: Input<'compare'>,
  call: Call,
  pace: Pace = paces[input.full ? 'full' : 'quick'],
): Promise<Comparison> => {
  if (input.quick && input.full) throw new Refusal('usage', ['--quick and --full don’t go together', 'leave one of the two away']);
  const files = [input.chart, input.markdown].filter((path) => path !== undefined);
  for (const path of files) checkPlace(path);
  const result = input.last ? last(bench, input, call) : await measure(bench, input, pace, call);
  if (input.chart !== undefined) writeWhole(resolve(input.chart), chart(result));
  if (input.markdown !== undefined) writeWhole(resolve(input.markdown), markdown(result));
  return result;
};

/** Before minutes are spent on what can't be written then. */
const checkPlace = (path: string): void => {
  const directory = dirname(resolve(path));
  if (!existsSync(directory)) throw new Refusal('no-such-path', [directory, 'make that directory first, or choose another']);
};

const last = ({ store }: Bench, { image, techniques, quick, full }: Input<'compare'>, call: Call): Comparison => {
  if (image !== undefined || techniques !== undefined || quick || full)
    throw new Refusal('usage', ['--last measures nothing, so it takes neither an image nor how to measure', 'isola compare --last']);
  const kept = lastKept(store, call.say);
  if (kept === undefined) throw new Refusal('never-compared', [store]);
  return kept;
};

/** Two at once would measure each other. */
const measure = (bench: Bench, input: Input<'compare'>, pace: Pace, call: Call): Promise<Comparison> =>
  bench.locks.hold(comparing, 'compare', () => alone(bench, input, pace, call), { signal: call.signal, timeoutMs: 0 });

const alone = async (bench: Bench, input: Input<'compare'>, pace: Pace, call: Call): Promise<Comparison> => {
  const { lifecycle, images, store } = bench;
  await lifecycle.repairAll(call);
  const chosen = await choose(bench, input.techniques);
  const image = input.image ?? smallImage;
  const program = `${bench.programs}/measure`;
  if (!existsSync(program)) throw new Refusal('program-missing', ['musl-gcc', packageOf('musl-gcc')]);
  for (const one of new Set([smallImage, image])) await images.obtain(one, call);
  const begun = { at: new Date(), ms: performance.now(), load: readLoad() };

  await using scope = new UndoScope();
  const directory = directoryOf(store);
  removeTree(directory);
  mkdirSync(directory, { mode: 0o700 });
  scope.defer(() => removeTree(directory));
  scope.defer(() => lifecycle.rest());
  const arena = {
    bench,
    image,
    smallImage,
    program,
    directory,
    call,
    contenders: contendersOf(chosen),
    loops: new Map(),
    tell: teller(pace, call),
  };
  const sessions = await runSessions(arena, pace);
  refuseWhereAllAreLost(arena);

  const result: Comparison = {
    measuredAt: begun.at.toISOString(),
    seconds: Math.round((performance.now() - begun.ms) / 1000),
    effort: pace.effort,
    image,
    isola: ownVersion(),
    machine: describeMachine(store),
    loadBefore: begun.load,
    loadAfter: readLoad(),
    techniques: await Promise.all(chosen.map((one) => describe(one, arena))),
    figures: figuresOf(arena, sessions),
  };
  keep(store, result);
  return result;
};

interface Chosen {
  readonly technique: Technique;
  readonly verdict: Verdict;
}

/** Those that were named must work; of all, those that do take part, and the others are told with their reasons. */
const choose = async ({ lifecycle }: Bench, names: Input<'compare'>['techniques']): Promise<readonly Chosen[]> => {
  const wanted = names?.map((name) => lifecycle.technique(name)) ?? lifecycle.techniques;
  const chosen = await Promise.all(wanted.map(async (technique) => ({ technique, verdict: await verdictOn(technique) })));
  const unable = chosen.flatMap(({ technique: { name }, verdict }) => (verdict.ok ? [] : [{ name, ...verdict }]));
  const [first] = unable;
  if (first !== undefined && names !== undefined) throw new Refusal('technique-absent', [first.name, first.missing, first.remedy]);
  if (first !== undefined && unable.length === chosen.length)
    throw new Refusal('no-technique', [unable.map(({ name, missing }) => `${name}: ${missing}`).join('; '), first.remedy]);
  return chosen;
};

const verdictOn = async (technique: Technique): Promise<Verdict> =>
  technique.incomparable === undefined
    ? technique.probe()
    : { ok: false, missing: technique.incomparable, remedy: 'isola compare --techniques os-level,paravirtualization' };

const contendersOf = (chosen: readonly Chosen[]): readonly Contender[] =>
  chosen.flatMap(({ technique, verdict }) =>
    verdict.ok ? [{ name: technique.name, network: 'bridge' as const, root: 'copy' as const }] : [],
  );

/** How far the time it has is used up. */
const teller = ({ seconds }: Pace, call: Call) => {
  const begun = performance.now();
  return (what: string): void => {
    const done = Math.min(seconds, Math.round((performance.now() - begun) / 1000));
    call.progress({ stage: `comparing: ${what}`, done, of: seconds, unit: 'seconds' });
  };
};

const refuseWhereAllAreLost = ({ contenders }: Arena): void => {
  const [first] = contenders;
  if (first?.lost === undefined || contenders.some(({ lost }) => lost === undefined)) return;
  throw new Refusal('no-technique', [
    contenders.map(({ name, lost }) => `${name}: ${lost}`).join('; '),
    'isola doctor checks what the host offers',
  ]);
};

const describe = async ({ technique, verdict }: Chosen, { contenders }: Arena): Promise<ComparedTechnique> => {
  const contender = contenders.find(({ name }) => name === technique.name);
  const traits = await traitsOf(technique);
  if (!verdict.ok) return { name: technique.name, works: false, detail: verdict.missing, clock: null, ...traits };
  const clock = contender?.judgement?.clock ?? null;
  return {
    name: technique.name,
    works: contender?.lost === undefined,
    detail: contender?.lost ?? verdict.notes.join('; '),
    clock,
    ...traits,
  };
};

const ownVersion = (): string => JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8')).version;
