import type { Deed, Input, Result } from '../../environment/command/index.ts';
import { type Call, type Id, type Name, parseName, Refusal } from '../../environment/index.ts';
import type { Bench } from '../bench.ts';
import type { AddressBook } from '../registry.ts';
import { bookFor, type Order, order } from './create.ts';
import { atOnce, counting, deed, each } from './deeds.ts';
import { untilReady } from './wait.ts';

export const launch = async (bench: Bench, input: Input<'launch'>, call: Call): Promise<Result<'launch'>> => {
  const { registry, lifecycle } = bench;
  await lifecycle.repairAll(call);
  const names: readonly (Name | undefined)[] = input.names.length === 0 ? [undefined] : input.names.map(parseName);
  if (new Set(names).size < names.length) throw new Refusal('usage', ['a name is given twice', 'every environment needs its own']);
  if (names.length > 1) refuseShared(input);
  for (const name of names) if (name !== undefined && registry.find(name)) throw new Refusal('name-taken', [name]);

  try {
    return await launchAll(bench, input, names, call);
  } catch (error) {
    await lifecycle.rest();
    throw error;
  }
};

const launchAll = async (
  bench: Bench,
  input: Input<'launch'>,
  names: readonly (Name | undefined)[],
  call: Call,
): Promise<readonly Deed[]> => {
  const { hold, ephemeral, onboot = null, start: starts = true } = input;
  const ordered = await order(bench, input, { ephemeral, hold, boots: true, starts, onboot, say: call.say }, call);
  const book = await bookFor(bench, ordered.spec);
  const count = counting(call, 'launching', names.length);
  return each(names, atOnce.starting, async (name) => {
    const done = await launchOne(bench, input, { ...ordered, book, name }, call);
    count();
    return done;
  });
};

export const launchBound = async (bench: Bench, input: Input<'launch'>, call: Call): Promise<Deed> => {
  const [launched] = await launch(bench, { ...input, ephemeral: true }, call);
  if (launched === undefined) throw new Error('launch answered without an environment');
  bench.registry.bind(launched.id as Id);
  return launched;
};

/** If it doesn't come up, it was never there. */
const launchOne = async (
  { registry, lifecycle, ...bench }: Bench,
  input: Input<'launch'>,
  { spec, template, book, name: wanted }: Order & { readonly book: AddressBook | undefined; readonly name: Name | undefined },
  call: Call,
): Promise<Deed> => {
  call.signal.throwIfAborted();
  const inserted = registry.insert({ name: wanted, spec, digest: template.digest, book, intent: 'create' });
  const entry = await lifecycle.create(inserted, { from: 'template' }, call);
  const { name, id } = entry.definition;
  if (input.start === false) return deed(entry, 'created', 'stopped');
  await lifecycle.on(name, 'launch', call, async (latest) => {
    try {
      await lifecycle.start(latest, call);
    } catch (error) {
      if (registry.find(id) !== undefined) await lifecycle.destroy(registry.get(id));
      throw error;
    }
  });
  if (input.wait) await untilReady({ registry, lifecycle, ...bench }, name, call);
  return deed(entry, 'launched', 'running');
};

/** What only one environment can have. */
const refuseShared = ({ address, publish }: Input<'launch'>): void => {
  if (address !== undefined) throw new Refusal('usage', ['--ip can’t be the address of several environments', 'launch them one by one']);
  if (publish.length > 0) throw new Refusal('usage', ['--publish can’t lead to several environments', 'launch them one by one']);
};
