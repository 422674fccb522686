/** Takes an environment's files back to a snapshot. */
import type { Call, Snapshots } from '../environment/index.ts';
import { type Lifecycle, unhurried } from './lifecycle.ts';
import type { Entry } from './registry.ts';

/**
 * What takes long and may fail comes first: until then it runs as before, and if it ran, it does so again afterwards. To be called
 * under its lock.
 */
export const restoreFiles = async (
  lifecycle: Lifecycle,
  entry: Entry,
  snapshots: Snapshots,
  snapshot: string,
  call: Call,
): Promise<void> => {
  const { registry } = lifecycle;
  const { id, spec } = entry.definition;
  const environment = lifecycle.open(entry.definition);
  const { phase } = await environment.observe();
  registry.intend(id, 'snapshot');
  try {
    await snapshots.prepareRestore(snapshot, call.signal);
    registry.intend(id, 'restore');
    registry.harden();
    if (phase !== 'stopped') await environment.stop(spec.stopGraceMs, call.signal);
  } catch (error) {
    await snapshots.recover(registry.snapshots(id).map(({ name }) => name));
    registry.intendFor(id, entry.intent, entry.owner);
    throw error;
  }
  const exit = await environment.settle();
  await snapshots.restore();
  registry.reached(id, 'stopped', exit);
  // No interruption shall leave stopped what ran.
  if (phase !== 'stopped') await lifecycle.start(registry.get(id), { ...call, signal: unhurried.signal });
};
