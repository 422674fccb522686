import type { Input, Result } from '../../environment/command/index.ts';
import { type Call, type Name, parseName, Refusal } from '../../environment/index.ts';
import type { Bench } from '../supervisor.ts';
import { bookFor, order } from './create.ts';
import { atOnce, counting, deed, each } from './deeds.ts';
import { untilReady } from './wait.ts';

export const launch = async (bench: Bench, input: Input<'launch'>, call: Call): Promise<Result<'launch'>> => {
  const { registry, lifecycle } = bench;
  await lifecycle.repairAll(call);
  const names: readonly (Name | undefined)[] = input.names.length === 0 ? [undefined] : input.names.map(parseName);
  if (new Set(names).size < names.length) throw new Refusal('usage', ['a name is given twice', 'every environment needs its own']);
  if (names.length > 1) refuseShared(input);
  for (const name of names) if (name !== undefined && registry.find(name)) throw new Refusal('name-taken', [name]);

  const purpose = { ephemeral: false, hold: input.hold, boots: true, terminal: false, onboot: input.onboot ?? null, say: call.say };
  const { spec, template } = await order(bench, input, purpose, call);
  const book = await bookFor(bench, spec);
  const count = counting(call, 'launching', names.length);
  return each(names, atOnce.starting, async (wanted) => {
    call.signal.throwIfAborted();
    const inserted = registry.insert({ name: wanted, spec, digest: template.digest, book, intent: 'create' });
    const entry = await lifecycle.create(inserted, { from: 'template' }, call);
    const { name } = entry.definition;
    if (input.start === false) return deed(entry, 'created', 'stopped');
    await lifecycle.on(name, 'launch', call, (latest) => lifecycle.start(latest, call));
    if (input.wait) await untilReady(bench, name, call);
    count();
    return deed(entry, 'launched', 'running');
  }).catch(async (error) => {
    await lifecycle.rest();
    throw error;
  });
};

/** What only one environment can have. */
const refuseShared = ({ address, publish }: Input<'launch'>): void => {
  if (address !== undefined) throw new Refusal('usage', ['--ip can’t be the address of several environments', 'launch them one by one']);
  if (publish.length > 0) throw new Refusal('usage', ['--publish can’t lead to several environments', 'launch them one by one']);
};
