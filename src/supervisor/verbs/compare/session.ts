/**
 * A session: every contender makes an environment, and the bare host begins twice; then all work in turns, in slices of some
 * milliseconds, in random order, on a processor that changes from round to round; and at the end all are gone. What is chance and lasts as
 * long as a process does, such as which pages of memory it has, is another one in the next session.
 */
import { availableParallelism } from 'node:os';
import { type Call, Refusal, type Scope, type TechniqueName, UndoScope } from '../../../environment/index.ts';
import { removeTree } from '../../../host/file/files.ts';
import { NoAnswer } from '../../../host/program/dialogue.ts';
import { kindOf, shuffled, type Work, workNames } from '../../../measure/index.ts';
import type { Bench } from '../../bench.ts';
import { unhurried } from '../../lifecycle.ts';
import { type Judgement, judge, lengthFor, ownClock } from './clock.ts';
import { beginInside, idleBytes, type Made, makeEnvironment, startInside } from './environment-side.ts';
import { beginOnHost, serveAt, startOnHost } from './host-side.ts';
import { type Absent, type Answer, isAbsent, type Worker } from './worker.ts';

/** `host` and `again` are equals: how far they differ is the noise floor. */
export type SideName = 'host' | 'again' | TechniqueName;

export interface Contender {
  readonly name: TechniqueName;
  /** What it is asked for, until it refuses that. */
  network: 'bridge' | 'none';
  root: 'copy' | 'auto';
  /** How its times are read: found out in its first session. */
  judgement?: Judgement;
  /** Why it takes part no longer. */
  lost?: string;
}

/** What a whole comparison works with. */
export interface Arena {
  readonly bench: Bench;
  readonly image: string;
  /** The small image whose start is measured besides. */
  readonly smallImage: string;
  readonly contenders: readonly Contender[];
  readonly program: string;
  /** A directory of the store's, for the bare host's sides. */
  readonly directory: string;
  /** Loops by side and work: found out in the first session, and kept. */
  readonly loops: Map<string, number | Absent>;
  readonly call: Call;
  tell(what: string): void;
}

/** One round of one kind of work. */
export interface Round {
  readonly work: Work;
  readonly answers: ReadonlyMap<SideName, Answer>;
}

export interface Session {
  readonly rounds: readonly Round[];
  /** How long the making of environments and the starts took: what does not depend on the number of rounds. */
  readonly madeMs: number;
  /** Milliseconds to the first output, by image. */
  readonly starts: ReadonlyMap<string, ReadonlyMap<SideName, number | Absent>>;
  /** Bytes charged to an idle environment; null where the technique can't tell. */
  readonly idle: ReadonlyMap<TechniqueName, number | null>;
}

const usualSliceMs = 12;

export const runSession = async (arena: Arena, rounds: number): Promise<Session> => {
  await using scope = new UndoScope();
  const begun = performance.now();
  const made = await makeAll(arena, scope);
  const idle = new Map<TechniqueName, number | null>();
  for (const [contender, one] of made) await unlessLost(contender, async () => idle.set(contender.name, await idleBytes(one)));
  const workers = await beginAll(arena, made, scope);
  const starts = await startAll(arena);
  for (const contender of arena.contenders) {
    const worker = workers.get(contender.name);
    if (worker === undefined) continue;
    await unlessLost(contender, async () => {
      contender.judgement ??= await judge(worker);
      worker.charges = contender.judgement.processor === 'charged';
    });
  }
  const madeMs = performance.now() - begun;
  return { rounds: await workAll(arena, workers, rounds), madeMs, starts, idle };
};

/** A contender that fails takes part no longer; what it failed with is told. A defect is thrown. */
const unlessLost = async (contender: Contender, work: () => Promise<unknown>): Promise<void> => {
  if (contender.lost !== undefined) return;
  try {
    await work();
  } catch (error) {
    if (!(error instanceof NoAnswer) && !(error instanceof Refusal && error.code !== 'interrupted')) throw error;
    contender.lost = error.message;
  }
};

const makeAll = async (arena: Arena, scope: Scope): Promise<ReadonlyMap<Contender, Made>> => {
  const made = new Map<Contender, Made>();
  arena.tell('making environments');
  for (const contender of shuffled(arena.contenders)) {
    await unlessLost(contender, async () => made.set(contender, await makeOne(arena, contender, scope)));
  }
  return made;
};

/** Not every technique knows every kind of root or has a network: what it refuses is not asked for again. */
const makeOne = async (arena: Arena, contender: Contender, scope: Scope): Promise<Made> => {
  const wants = [
    { root: contender.root, network: contender.network },
    { root: 'auto', network: contender.network },
    { root: 'auto', network: 'none' },
  ] as const;
  let refusal: unknown;
  for (const want of wants) {
    try {
      const wanted = { technique: contender.name, image: arena.image, ...want };
      const made = await makeEnvironment(arena.bench, wanted, { ...unhurried, signal: arena.call.signal }, scope);
      Object.assign(contender, want);
      return made;
    } catch (error) {
      if (!(error instanceof Refusal) || error.code === 'interrupted') throw error;
      refusal ??= error;
    }
  }
  throw refusal;
};

const beginAll = async (arena: Arena, made: ReadonlyMap<Contender, Made>, scope: Scope): Promise<Map<SideName, Worker>> => {
  const { program, directory, call } = arena;
  const gateway = [...made.values()].find((one) => one.gateway !== null)?.gateway;
  // A bridge may be in a network of its own, where the host is not.
  const shared = gateway == null ? undefined : await serveAt(program, gateway, call, scope);
  const server = shared ?? (await serveAt(program, '127.0.0.1', call, scope));
  const workers = new Map<SideName, Worker>();
  for (const name of ['host', 'again'] as const) {
    const place = `${directory}/${name}`;
    scope.defer(() => removeTree(place));
    workers.set(name, beginOnHost(program, place, server, call, scope));
  }
  for (const [contender, one] of made) {
    const reachable = one.gateway === null ? undefined : shared;
    await unlessLost(contender, async () => workers.set(contender.name, await beginInside(one, program, reachable, call, scope)));
  }
  return workers;
};

const startAll = async (arena: Arena): Promise<Session['starts']> => {
  const starts = new Map<string, Map<SideName, number | Absent>>();
  for (const image of new Set([arena.smallImage, arena.image])) {
    const times = new Map<SideName, number | Absent>();
    starts.set(image, times);
    arena.tell(`starting ${image}`);
    times.set('host', await startOnHost(arena.call));
    for (const { name: technique, network, lost } of shuffled(arena.contenders)) {
      if (lost === undefined) times.set(technique, await startOne(arena, { technique, network, image }));
    }
  }
  return starts;
};

/** An image may have no echo. */
const startOne = async ({ bench, call }: Arena, wanted: Parameters<typeof startInside>[1]): Promise<number | Absent> => {
  try {
    return await startInside(bench, wanted, call);
  } catch (error) {
    if (!(error instanceof Refusal) || error.code === 'interrupted') throw error;
    return { absent: error.message };
  }
};

const workAll = async (arena: Arena, workers: Map<SideName, Worker>, count: number): Promise<readonly Round[]> => {
  const rounds: Round[] = [];
  for (const work of workNames) {
    arena.tell(kindOf(work).name);
    const { roundsMost = count } = kindOf(work);
    let processor = anyProcessor();
    await findLoops(arena, workers, work, processor);
    await prepare(arena, workers, work, processor);
    for (let round = 0; round < Math.min(count, roundsMost); round++) {
      const answers = new Map<SideName, Answer>();
      for (const [name, worker] of shuffled([...workers])) {
        const loops = arena.loops.get(`${name} ${work}`) ?? { absent: 'it was not there from the beginning' };
        if (typeof loops !== 'number') answers.set(name, loops);
        else await unlessGone(arena, workers, name, async () => answers.set(name, await worker.perform(work, loops, processor)));
      }
      rounds.push({ work, answers });
      if ([...answers.values()].every(isAbsent)) break;
      processor = anyProcessor();
    }
  }
  return rounds;
};

/** What a kind of work needs is laid before it is measured: else the first round would be the measure of that. */
const prepare = async (arena: Arena, workers: Map<SideName, Worker>, work: Work, processor: number): Promise<void> => {
  for (const [name, worker] of [...workers])
    if (typeof arena.loops.get(`${name} ${work}`) === 'number')
      await unlessGone(arena, workers, name, () => worker.perform(work, 1, processor));
};

const findLoops = async (arena: Arena, workers: Map<SideName, Worker>, work: Work, processor: number): Promise<void> => {
  const { loops, contenders } = arena;
  const { sliceMs = usualSliceMs, quantity } = kindOf(work);
  for (const [name, worker] of [...workers]) {
    const key = `${name} ${work}`;
    if (loops.has(key)) continue;
    const hosts = loops.get(`host ${work}`);
    const times = lengthFor(quantity, contenders.find((one) => one.name === name)?.judgement ?? ownClock);
    await unlessGone(arena, workers, name, async () => {
      if (typeof hosts !== 'number') loops.set(key, await worker.loopsFor(work, sliceMs * times, processor));
      else if (name === 'again') loops.set(key, hosts);
      else loops.set(key, await worker.fewerLoops(work, sliceMs * times, processor, hosts * times));
    });
  }
};

/** Who gives no answer is asked no more. The host's own sides can't be lost. */
const unlessGone = async (arena: Arena, workers: Map<SideName, Worker>, name: SideName, work: () => Promise<unknown>): Promise<void> => {
  const contender = arena.contenders.find((one) => one.name === name);
  if (contender === undefined) return void (await work());
  await unlessLost(contender, work);
  if (contender.lost !== undefined) workers.delete(name);
};

const anyProcessor = (): number => Math.floor(Math.random() * availableParallelism());
