import { type Call, Refusal } from '../../../environment/index.ts';
import type { Bench } from '../../bench.ts';
import type { Lifecycle } from '../../lifecycle.ts';

/** Cleans up after an environment that ended by itself; what is gone already needs none. */
export const reap = async ({ lifecycle, registry }: Bench, id: string | undefined, call: Call): Promise<void> => {
  if (id !== undefined && registry.find(id) !== undefined) await settle(lifecycle, id, call);
  await lifecycle.rest();
};

const settle = async (lifecycle: Lifecycle, id: string, call: Call): Promise<void> => {
  try {
    await lifecycle.on(id, 'clean up', call, (entry) => lifecycle.reap(entry, call));
  } catch (error) {
    if (!(error instanceof Refusal && error.code === 'unknown-environment')) throw error;
  }
};
