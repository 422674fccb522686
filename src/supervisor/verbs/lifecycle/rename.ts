import type { Deed, Input } from '../../../environment/command/index.ts';
import { type Call, parseName } from '../../../environment/index.ts';
import type { Bench } from '../../bench.ts';
import { deed } from '../deeds.ts';

/** The host name goes with the name unless the user gave it one of its own. */
export const rename = async ({ lifecycle, registry }: Bench, input: Input<'rename'>, call: Call): Promise<readonly Deed[]> => {
  await lifecycle.repairAll(call);
  const name = parseName(input.newName);
  return lifecycle.on(input.name, 'rename', call, async (entry) => {
    const { definition } = entry;
    const { spec, id } = definition;
    return lifecycle.during(entry, 'rename', async () => {
      registry.rename(id, name, spec.hostname === definition.name ? { ...spec, hostname: name } : spec);
      const renamed = registry.get(id);
      const environment = lifecycle.open(renamed.definition);
      await environment.can.rename?.apply();
      return [deed(renamed, 'renamed', (await environment.observe()).phase)];
    });
  });
};
