/** Finishes or undoes what a dead process, or a host that went down, left of an environment. */
import { type Definition, type Environment, type Exit, Refusal } from '../environment/index.ts';
import { isAlive } from '../host/index.ts';
import type { Entry, Intent, Registry } from './registry.ts';

/** How environments end, which is the lifecycle's business. */
export interface Endings {
  readonly registry: Registry;
  open(definition: Definition): Environment;
  ended(entry: Entry, exit: Exit | null): Promise<void>;
  destroy(entry: Entry): Promise<void>;
}

/** What becomes of an environment whose work was interrupted. */
const endsWith: Readonly<Record<Intent, 'nothing' | 'stopped' | 'as it was'>> = {
  create: 'nothing',
  delete: 'nothing',
  run: 'stopped',
  start: 'stopped',
  stop: 'stopped',
  snapshot: 'as it was',
  restore: 'stopped',
  set: 'as it was',
  rename: 'as it was',
};

/** Returns what it is then; undefined where that was its end. To be called under its lock. */
export const repair = async (endings: Endings, entry: Entry): Promise<Entry | undefined> => {
  const { definition, intent, owner, phase, thisBoot } = entry;
  if (owner !== null && isAlive(owner)) return entry;
  const { registry } = endings;
  if (intent !== null) await settle(endings, entry, intent);
  else if (!thisBoot && phase !== 'stopped') await endings.ended(entry, await endings.open(definition).settle());
  return registry.find(definition.id);
};

const settle = async (endings: Endings, entry: Entry, intent: Intent): Promise<void> => {
  const { definition } = entry;
  const end = endsWith[intent];
  const isHalf = definition.made === null;
  if (end === 'nothing' || isHalf || (end === 'stopped' && definition.spec.ephemeral)) return endings.destroy(entry);
  const environment = endings.open(definition);
  await environment.can.snapshots?.recover(endings.registry.snapshots(definition.id).map(({ name }) => name));
  const { phase } = await environment.observe();
  if (end === 'stopped' || phase === 'stopped') await endings.ended(entry, await environment.settle());
  else await goOn(endings, entry, environment);
  const latest = endings.registry.find(definition.id);
  if (latest !== undefined && intent === 'set') await meet(endings, latest);
  if (latest !== undefined && intent === 'rename') await environment.can.rename?.apply();
};

/** It runs, or was paused by its user: not by a process that died before it could resume it. */
const goOn = async ({ registry }: Endings, { definition: { id }, intent, phase }: Entry, environment: Environment): Promise<void> => {
  const isPaused = (await environment.observe()).phase === 'paused';
  if (intent === 'snapshot' && isPaused && phase === 'running') await environment.can.pause?.resume();
  registry.reached(id, phase === 'paused' ? 'paused' : 'running');
};

/** Brings the host back to what the specification says: nobody knows how far a change of it had got. */
const meet = async (endings: Endings, { definition }: Entry): Promise<void> => {
  const environment = endings.open(definition);
  const met = await environment.can.limits?.meet();
  if (met !== undefined) endings.registry.respecify(definition.id, { ...definition.spec, limits: met });
  // Where it can't go back, it goes on as it is, until its next start.
  if ((await environment.observe()).phase === 'running') await environment.can.live?.take().catch(ignoreRefusal);
};

const ignoreRefusal = (error: unknown): void => {
  if (!(error instanceof Refusal)) throw error;
};
