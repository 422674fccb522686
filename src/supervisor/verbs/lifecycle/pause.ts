import type { Deed, Input } from '../../../environment/command/index.ts';
import { type Call, Refusal } from '../../../environment/index.ts';
import type { Bench } from '../../bench.ts';
import { deed, each, namesOf } from '../deeds.ts';

export const pause = (bench: Bench, input: Input<'pause'>, call: Call): Promise<readonly Deed[]> =>
  change(bench, input.names, call, 'pause');
export const resume = (bench: Bench, input: Input<'resume'>, call: Call): Promise<readonly Deed[]> =>
  change(bench, input.names, call, 'resume');

const change = async (bench: Bench, names: readonly string[], call: Call, verb: 'pause' | 'resume'): Promise<readonly Deed[]> => {
  const { lifecycle, registry } = bench;
  await lifecycle.repairAll(call);
  const [wanted, did] = verb === 'pause' ? (['paused', 'paused'] as const) : (['running', 'resumed'] as const);
  return each(namesOf(bench, names, false, verb), 4, (name) =>
    lifecycle.on(name, verb, call, async (entry) => {
      const { definition } = entry;
      const environment = lifecycle.open(definition);
      const { phase } = await environment.observe();
      if (phase === 'stopped') throw new Refusal('phase', [name, 'stopped', did, `isola start ${name} first`]);
      if (phase === wanted) return deed(entry, 'unchanged', phase);
      const { pause: facet } = environment.can;
      if (facet === undefined) throw new Refusal('facet-absent', [definition.spec.technique, verb, 'stop it instead']);
      await facet[verb]();
      registry.phase(definition.id, wanted);
      return deed(entry, did, wanted);
    }),
  );
};
