import type { Input } from '../../environment/command/index.ts';
import { type Call, type Io, parseName, type Running } from '../../environment/index.ts';
import type { Bench } from '../supervisor.ts';
import { bookFor, order } from './create.ts';
import { withTimeout } from './timeout.ts';

export const run = async (bench: Bench, input: Input<'run'>, io: Io, call: Call): Promise<Running> => {
  const { registry, lifecycle } = bench;
  await lifecycle.repairAll(call);
  const name = input.name === undefined ? undefined : parseName(input.name);
  const purpose = { ephemeral: !input.keep, hold: false, boots: false, terminal: false, onboot: null, say: call.say };
  const { spec, template } = await order(bench, input, purpose, call);
  const inserted = registry.insert({ name, spec, digest: template.digest, book: await bookFor(bench, spec), intent: 'run' });
  const entry = await lifecycle.create(inserted, { from: 'template' }, call);
  try {
    const running = await lifecycle.run(entry, io, input.keep, call);
    const limited = withTimeout(running, input.timeout, spec.command.join(' '));
    return { ...limited, exit: limited.exit.finally(() => lifecycle.rest()) };
  } catch (error) {
    await lifecycle.rest();
    throw error;
  }
};
