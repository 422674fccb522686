/** An environment whose end is bound to that of the process that began it. */
import { type Call, type Exit, type Io, Refusal, type Running } from '../environment/index.ts';
import { type Lifecycle, unhurried } from './lifecycle.ts';
import type { Entry } from './registry.ts';

/**
 * A new environment's one command, with the caller's streams; what is left of it goes when it ends, unless `keep`. If the command never
 * began, it goes in any case.
 */
export const runAttached = async (lifecycle: Lifecycle, entry: Entry, io: Io, keep: boolean, call: Call): Promise<Running> => {
  const { registry } = lifecycle;
  const { id, name } = entry.definition;
  const environment = lifecycle.open(entry.definition);
  const leave = (exit: Exit | null, keeps: boolean): Promise<void> =>
    lifecycle.alone(id, 'clean up', unhurried, async () => {
      if (registry.find(id) === undefined) return;
      if (!keeps) return lifecycle.destroy(entry);
      const settled = await environment.settle();
      registry.reached(id, 'stopped', exit ?? settled);
    });
  try {
    const running = await lifecycle.alone(id, 'run', call, async () => {
      if (registry.find(id) === undefined) throw new Refusal('unknown-environment', [name]);
      const begun = await environment.run(io, call);
      registry.started(id, true);
      return begun;
    });
    return { ...running, exit: finish(running.exit, (exit) => leave(exit, keep)) };
  } catch (error) {
    await leave(null, false);
    throw error;
  }
};

const finish = async (exit: Promise<Exit>, leave: (exit: Exit | null) => Promise<void>): Promise<Exit> => {
  let ended: Exit | null = null;
  try {
    ended = await exit;
    return ended;
  } finally {
    await leave(ended);
  }
};
