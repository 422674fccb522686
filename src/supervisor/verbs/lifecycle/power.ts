/** Starting, stopping, restarting. */
import type { Deed, Input } from '../../../environment/command/index.ts';
import { type Call, Refusal } from '../../../environment/index.ts';
import type { Bench } from '../../bench.ts';
import type { Entry } from '../../registry.ts';
import { atOnce, counting, deed, each, namesOf } from '../deeds.ts';

export const start = async (bench: Bench, input: Input<'start'>, call: Call): Promise<readonly Deed[]> => {
  const { lifecycle } = bench;
  await lifecycle.repairAll(call);
  if (input.onboot) return startOnboot(bench, input, call);
  const names = namesOf(bench, input.names, input.all, 'start');
  const count = counting(call, 'starting', names.length);
  const work = each(names, atOnce.starting, async (name) => {
    const done = await startOne(bench, name, call);
    count();
    return done;
  });
  return lifecycle.restingAfter(work);
};

/** One after the other in their order; one that fails does not hold up the next. */
const startOnboot = (bench: Bench, input: Input<'start'>, call: Call): Promise<readonly Deed[]> => {
  if (input.names.length > 0 || input.all) throw new Refusal('usage', ['--onboot goes without names and --all', 'give one of them']);
  const ordered = bench.registry
    .all()
    .filter(({ definition }) => definition.spec.onboot !== null)
    .toSorted((a, b) => (a.definition.spec.onboot ?? 0) - (b.definition.spec.onboot ?? 0));
  return each(ordered, 1, ({ definition }) => startOne(bench, definition.name, call));
};

const startOne = (bench: Bench, name: string, call: Call): Promise<Deed> =>
  bench.lifecycle.on(name, 'start', call, async (entry) => {
    const phase = await truePhase(bench, entry);
    if (phase !== 'stopped') return deed(entry, 'unchanged', phase);
    await bench.lifecycle.start(entry, call);
    return deed(entry, 'started', 'running');
  });

/** What it is doing, by the host's word; one that ended unnoticed is cleaned up first. */
const truePhase = async ({ lifecycle, registry }: Bench, entry: Entry): Promise<'stopped' | 'running' | 'paused'> => {
  const { name, id } = entry.definition;
  const environment = lifecycle.open(entry.definition);
  const { phase } = await environment.observe();
  if (phase === 'stopped' && entry.phase !== 'stopped') await lifecycle.ended(entry, await environment.settle());
  if (registry.find(id) === undefined) throw new Refusal('unknown-environment', [name]);
  return phase;
};

export const stop = async (bench: Bench, input: Input<'stop'>, call: Call): Promise<readonly Deed[]> => {
  const { lifecycle } = bench;
  await lifecycle.repairAll(call);
  const names = namesOf(bench, input.names, input.all, 'stop');
  const count = counting(call, 'stopping', names.length);
  const done = await each(names, atOnce.stopping, (name) =>
    lifecycle.on(name, 'stop', call, async (entry) => {
      const { phase } = await lifecycle.open(entry.definition).observe();
      if (phase === 'stopped' && entry.phase === 'stopped') return deed(entry, 'unchanged', 'stopped');
      const { killed } = await lifecycle.stop(entry, graceOf(input, entry), call);
      count();
      return deed(entry, killed ? 'killed' : 'stopped', 'stopped');
    }),
  );
  await lifecycle.rest();
  return done;
};

const graceOf = ({ force, grace }: { readonly force: boolean; readonly grace: number | undefined }, { definition }: Entry): number =>
  force ? 0 : (grace ?? definition.spec.stopGraceMs);

export const restart = async (bench: Bench, input: Input<'restart'>, call: Call): Promise<readonly Deed[]> => {
  const { lifecycle, registry } = bench;
  await lifecycle.repairAll(call);
  const names = namesOf(bench, input.names, input.all, 'restart');
  const work = each(names, atOnce.starting, (name) =>
    lifecycle.on(name, 'restart', call, async (entry) => {
      if (entry.definition.spec.ephemeral) {
        const remedy = 'isola launch makes environments that can be stopped and started';
        throw new Refusal('phase', [name, 'made for one run', 'restarted', remedy]);
      }
      const { phase } = await lifecycle.open(entry.definition).observe();
      if (phase !== 'stopped' || entry.phase !== 'stopped') await lifecycle.stop(entry, graceOf(input, entry), call);
      await lifecycle.start(registry.get(entry.definition.id), call);
      return deed(entry, 'restarted', 'running');
    }),
  );
  return lifecycle.restingAfter(work);
};
