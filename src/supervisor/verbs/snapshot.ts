import type { Input, SnapshotRow } from '../../environment/command/index.ts';
import { type Call, Refusal, type Snapshots } from '../../environment/index.ts';
import type { Bench } from '../bench.ts';
import { isBound } from '../lifecycle.ts';
import type { Entry, SnapshotEntry } from '../registry.ts';
import { restoreFiles } from '../restore.ts';

export const create = async (bench: Bench, { name, snapshot }: Input<'snapshot create'>, call: Call): Promise<readonly SnapshotRow[]> => {
  const { lifecycle, registry } = bench;
  await lifecycle.repairAll(call);
  return lifecycle.on(name, 'snapshot', call, async (entry) => {
    const { id } = entry.definition;
    const known = registry.snapshots(id).map((one) => one.name);
    const wanted = snapshot === undefined ? nextNumber(known) : checked(snapshot);
    if (known.includes(wanted)) throw new Refusal('snapshot-taken', [name, wanted]);
    call.progress({ stage: `taking snapshot ${wanted} of ${name}` });
    const snapshots = facet(bench, entry);
    await lifecycle.still(entry, snapshots.isLive !== true, async () => {
      const taken = await snapshots.take(wanted, call.signal);
      registry.addSnapshot(id, { name: wanted, ...taken });
    });
    return rows(registry.snapshots(id).filter((one) => one.name === wanted));
  });
};

export const list = async ({ registry }: Bench, { name }: Input<'snapshot list'>, _call: Call): Promise<readonly SnapshotRow[]> =>
  rows(registry.snapshots(name === undefined ? undefined : registry.get(name).definition.id));

export const restore = async (
  bench: Bench,
  { name, snapshot, force }: Input<'snapshot restore'>,
  call: Call,
): Promise<readonly SnapshotRow[]> => {
  const { lifecycle } = bench;
  await lifecycle.repairAll(call);
  return lifecycle.on(name, 'restore', call, async (entry) => {
    const { definition } = entry;
    const kept = find(bench, entry, snapshot);
    const { phase } = await lifecycle.open(definition).observe();
    if (phase !== 'stopped' && !force) {
      throw new Refusal('phase', [name, phase, 'taken back', `isola stop ${name} first, or --force, which starts it again afterwards`]);
    }
    if (phase !== 'stopped' && isBound(entry)) {
      throw new Refusal('phase', [name, 'bound to the isola run that started it', 'taken back', 'end that first']);
    }
    call.progress({ stage: `taking ${name} back to ${snapshot}` });
    await lifecycle.restingAfter(restoreFiles(lifecycle, entry, facet(bench, entry), snapshot, call));
    return rows([kept]);
  });
};

export const remove = async (bench: Bench, { name, snapshots }: Input<'snapshot delete'>, call: Call): Promise<readonly SnapshotRow[]> => {
  const { lifecycle, registry } = bench;
  await lifecycle.repairAll(call);
  return lifecycle.on(name, 'snapshot delete', call, async (entry) => {
    const found = [...new Set(snapshots)].map((snapshot) => find(bench, entry, snapshot));
    await lifecycle.still(entry, false, async () => {
      for (const { name: snapshot } of found) {
        // The row goes first: a snapshot that is listed is always whole.
        registry.removeSnapshot(entry.definition.id, snapshot);
        await facet(bench, entry).remove(snapshot);
      }
    });
    return rows(found);
  });
};

const facet = ({ lifecycle }: Bench, { definition }: Entry): Snapshots => {
  const { snapshots } = lifecycle.open(definition).can;
  if (snapshots === undefined)
    throw new Refusal('facet-absent', [definition.spec.technique, 'snapshots', 'isola clone makes a copy instead']);
  return snapshots;
};

const find = ({ registry }: Bench, { definition }: Entry, snapshot: string): SnapshotEntry => {
  const found = registry.snapshots(definition.id).find(({ name }) => name === snapshot);
  if (found === undefined) throw new Refusal('unknown-snapshot', [definition.name, snapshot]);
  return found;
};

const checked = (snapshot: string): string => {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/.test(snapshot)) {
    throw new Refusal('malformed-value', ['a snapshot’s name', snapshot, 'use letters, digits, dots, hyphens and underscores, at most 63']);
  }
  return snapshot;
};

const nextNumber = (known: readonly string[]): string => {
  let number = 0;
  while (known.includes(String(number))) number++;
  return String(number);
};

const rows = (entries: readonly SnapshotEntry[]): readonly SnapshotRow[] =>
  entries.map(({ createdAt, ...entry }) => ({ ...entry, createdAt: new Date(createdAt).toISOString() }));
