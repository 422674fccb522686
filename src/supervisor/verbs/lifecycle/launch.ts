import type { Deed, Input, Result } from '../../../environment/command/index.ts';
import { type Call, type Name, parseName, Refusal } from '../../../environment/index.ts';
import type { Bench } from '../../bench.ts';
import type { AddressBook, Entry } from '../../registry.ts';
import { atOnce, counting, deed, each } from '../deeds.ts';
import { untilReady } from '../observe/wait.ts';
import { followBoot } from './boot.ts';
import { bookFor, type Order, order } from './create.ts';

export const launch = (bench: Bench, input: Input<'launch'>, call: Call): Promise<Result<'launch'>> =>
  launchAs(bench, input, 'detached', call);

export const launchBound = async (bench: Bench, input: Input<'launch'>, call: Call): Promise<Deed> => {
  const [launched] = await launchAs(bench, { ...input, ephemeral: true }, 'bound', call);
  if (launched === undefined) throw new Error('launch answered without an environment');
  return launched;
};

/** Whether they outlive this process. */
type Manner = 'detached' | 'bound';

const launchAs = async (bench: Bench, input: Input<'launch'>, manner: Manner, call: Call): Promise<readonly Deed[]> => {
  const { registry, lifecycle } = bench;
  await lifecycle.repairAll(call);
  const names: readonly (Name | undefined)[] = input.names.length === 0 ? [undefined] : input.names.map(parseName);
  if (new Set(names).size < names.length) throw new Refusal('usage', ['a name is given twice', 'every environment needs its own']);
  if (names.length > 1) refuseShared(input);
  if (input.ephemeral && input.onboot != null)
    throw new Refusal('usage', ['--ephemeral and --onboot don’t go together', 'what is deleted when it ends can’t start at the next boot']);
  for (const name of names) if (name !== undefined && registry.find(name)) throw new Refusal('name-taken', [name]);

  try {
    return await lifecycle.restingAfter(launchAll(bench, input, names, manner, call));
  } finally {
    // Also where only some came up.
    if (input.onboot != null) await followBoot(bench, call);
  }
};

const launchAll = async (
  bench: Bench,
  input: Input<'launch'>,
  names: readonly (Name | undefined)[],
  manner: Manner,
  call: Call,
): Promise<readonly Deed[]> => {
  const { hold, ephemeral, onboot = null, start: starts = true } = input;
  const ordered = await order(bench, input, { ephemeral, hold, boots: true, starts, onboot, say: call.say }, call);
  const book = await bookFor(bench, ordered.spec);
  const count = counting(call, 'launching', names.length);
  try {
    return await each(names, atOnce.starting, async (name) => {
      const done = await launchOne(bench, input, { ...ordered, book, name, manner }, call);
      count();
      return done;
    });
  } finally {
    // What was called launched must not be undone after a power cut as an interrupted launch.
    if (!ephemeral) bench.registry.harden();
  }
};

interface One extends Order {
  readonly book: AddressBook | undefined;
  readonly name: Name | undefined;
  readonly manner: Manner;
}

const launchOne = async (bench: Bench, input: Input<'launch'>, { spec, template, book, name, manner }: One, call: Call): Promise<Deed> => {
  const starts = input.start === false ? 'no' : manner;
  const wanted = { name, spec, digest: template.digest, book, intent: 'create', starts } as const;
  const entry = await bench.lifecycle.create(wanted, { from: 'template' }, call);
  if (starts === 'no') return deed(entry, 'created', 'stopped');
  if (input.wait) await awaitReady(bench, entry, call);
  return deed(entry, 'launched', 'running');
};

/** Who no longer waits for it doesn't want it either; one that ended stays, for its log tells why. */
const awaitReady = async (bench: Bench, { definition: { id, name } }: Entry, call: Call): Promise<void> => {
  try {
    await untilReady(bench, name, call);
  } catch (error) {
    if (call.signal.aborted) await bench.lifecycle.withdraw(id);
    throw error;
  }
};

/** What only one environment can have. */
const refuseShared = ({ address, publish }: Input<'launch'>): void => {
  if (address !== undefined) throw new Refusal('usage', ['--ip can’t be the address of several environments', 'launch them one by one']);
  if (publish.length > 0) throw new Refusal('usage', ['--publish can’t lead to several environments', 'launch them one by one']);
};
