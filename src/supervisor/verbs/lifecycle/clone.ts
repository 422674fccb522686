import type { Deed, Input } from '../../../environment/command/index.ts';
import { type Call, parseName, Refusal, type Spec } from '../../../environment/index.ts';
import type { Bench } from '../../bench.ts';
import type { Entry } from '../../registry.ts';
import { atOnce, counting, deed, each } from '../deeds.ts';
import { bookFor } from './create.ts';

/** Specification and files of another environment, with a name, address and ids of its own; ports stay with the source. */
export const clone = async (bench: Bench, input: Input<'clone'>, call: Call): Promise<readonly Deed[]> => {
  const { registry, lifecycle } = bench;
  await lifecycle.repairAll(call);
  const [sourceName = '', snapshot = null, ...more] = input.source.split('/');
  if (more.length > 0) throw new Refusal('malformed-value', ['a source', input.source, 'write NAME or NAME/SNAPSHOT']);
  const names = input.names.map(parseName);
  if (new Set(names).size < names.length) throw new Refusal('usage', ['a name is given twice', 'every environment needs its own']);
  for (const name of names) if (registry.find(name)) throw new Refusal('name-taken', [name]);

  return lifecycle.on(sourceName, 'clone', call, async (source) => {
    const { definition } = source;
    const known = registry.snapshots(definition.id).some(({ name }) => name === snapshot);
    if (snapshot !== null && !known) throw new Refusal('unknown-snapshot', [sourceName, snapshot]);
    const { spec } = definition;
    const fresh: Spec = {
      ...spec,
      hostname: spec.hostname === definition.name ? '' : spec.hostname,
      address: null,
      publish: [],
      onboot: null,
    };
    const count = counting(call, 'cloning', names.length);
    const made = await lifecycle.still(source, snapshot === null, () =>
      each(names, 1, async (name) => {
        const book = await bookFor(bench, fresh);
        const wanted = { name, spec: fresh, digest: definition.template.digest, book, intent: 'create', starts: 'no' } as const;
        const entry = await lifecycle.create(wanted, { from: 'environment', source: definition, snapshot }, call);
        count();
        return entry;
      }),
    );
    if (!spec.ephemeral) registry.harden();
    // What ran then is to go on: for files alone there are snapshots of what is stopped.
    const isStarted = input.start || (snapshot !== null && lifecycle.open(definition).can.snapshots?.goesOn?.(snapshot) === true);
    if (!isStarted) return made.map((entry) => deed(entry, 'cloned', 'stopped'));
    return lifecycle.restingAfter(each(made, atOnce.starting, (entry) => startClone(bench, entry, call)));
  });
};

/** If it doesn't come up, it was never there. */
const startClone = async ({ lifecycle }: Bench, entry: Entry, call: Call): Promise<Deed> => {
  const { id, name } = entry.definition;
  try {
    await lifecycle.on(name, 'start', call, async (latest) => {
      const { phase } = await lifecycle.open(latest.definition).observe();
      if (phase === 'stopped') await lifecycle.start(latest, call);
    });
  } catch (error) {
    await lifecycle.withdraw(id);
    throw error;
  }
  return deed(entry, 'cloned and started', 'running');
};
