import type { Deed, Input } from '../../../environment/command/index.ts';
import { type Call, Refusal } from '../../../environment/index.ts';
import type { Bench } from '../../bench.ts';
import { atOnce, counting, deed, each, namesOf } from '../deeds.ts';
import { followBoot } from './boot.ts';

export const remove = async (bench: Bench, input: Input<'delete'>, call: Call): Promise<readonly Deed[]> => {
  const { lifecycle, registry } = bench;
  await lifecycle.repairAll(call);
  const there = input.force ? input.names.filter((name) => registry.find(name) !== undefined) : input.names;
  const names = input.force && there.length === 0 && !input.all ? [] : namesOf(bench, there, input.all, 'delete');
  const count = counting(call, 'deleting', names.length);
  let hadOrders = false;
  const done = await each(names, atOnce.stopping, async (name) => {
    const { id, spec } = registry.get(name).definition;
    try {
      return await lifecycle.on(id, 'delete', call, async (entry) => {
        const { phase } = await lifecycle.open(entry.definition).observe();
        if (phase !== 'stopped' && !input.force) {
          throw new Refusal('phase', [name, phase, 'deleted', `isola stop ${name} first, or isola delete --force ${name}`]);
        }
        await lifecycle.destroy(entry);
        hadOrders ||= spec.onboot !== null;
        count();
        return deed(entry, 'deleted', null);
      });
    } catch (error) {
      // Somebody else was faster: it is gone, which is what was asked for.
      if (error instanceof Refusal && error.code === 'unknown-environment' && registry.find(id) === undefined)
        return { name, id, did: 'deleted', phase: null, address: null };
      throw error;
    }
  }).finally(async () => {
    if (hadOrders) await followBoot(bench, call);
  });
  await lifecycle.rest();
  return done;
};
