import type { Input, UsageRow } from '../../../environment/command/index.ts';
import { type Call, Refusal } from '../../../environment/index.ts';
import type { Bench } from '../../bench.ts';
import type { Entry } from '../../registry.ts';

/** One reading of each; those that don't run are refused when named, left out otherwise. */
export const stats = async (bench: Bench, { names }: Input<'stats'>, _call: Call): Promise<readonly UsageRow[]> => {
  const entries = names.length === 0 ? bench.registry.all() : names.map((name) => bench.registry.get(name));
  const rows = await Promise.all(entries.map((entry) => read(bench, entry, names.length > 0)));
  return rows.filter((row) => row !== undefined);
};

const read = async ({ lifecycle }: Bench, { definition }: Entry, named: boolean): Promise<UsageRow | undefined> => {
  const { name, spec } = definition;
  const environment = lifecycle.open(definition);
  const { phase } = await environment.observe();
  if (phase === 'stopped') {
    if (named) throw new Refusal('phase', [name, 'stopped', 'measured', `isola start ${name} first`]);
    return undefined;
  }
  const { usage } = environment.can;
  if (usage === undefined) throw new Refusal('facet-absent', [spec.technique, 'stats', 'isola exec … top shows what goes on inside']);
  const { cpu, ...others } = await usage.read();
  return { name, cpu: { ...cpu, percent: null }, ...others };
};
