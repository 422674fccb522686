import type { Input } from '../../../environment/command/index.ts';
import { type Call, type Io, parseName, type Running } from '../../../environment/index.ts';
import { runAttached } from '../../attached.ts';
import type { Bench } from '../../bench.ts';
import { withTimeout } from '../inside/timeout.ts';
import { bookFor, order } from './create.ts';

export const run = async (bench: Bench, input: Input<'run'>, io: Io, call: Call): Promise<Running> => {
  const { lifecycle } = bench;
  await lifecycle.repairAll(call);
  try {
    const running = await begin(bench, input, io, call);
    return { ...running, exit: running.exit.finally(() => lifecycle.rest(true)) };
  } catch (error) {
    await lifecycle.rest();
    throw error;
  }
};

const begin = async (bench: Bench, input: Input<'run'>, io: Io, call: Call): Promise<Running> => {
  const { lifecycle } = bench;
  const name = input.name === undefined ? undefined : parseName(input.name);
  const purpose = { ephemeral: !input.keep, hold: false, boots: false, starts: true, onboot: null, say: call.say };
  const { spec, template } = await order(bench, input, purpose, call);
  const wanted = { name, spec, digest: template.digest, book: await bookFor(bench, spec), intent: 'run', starts: 'no' } as const;
  const entry = await lifecycle.create(wanted, { from: 'template' }, call);
  if (input.keep) bench.registry.harden();
  return withTimeout(await runAttached(lifecycle, entry, io, input.keep, call), input.timeout, spec.command.join(' '));
};
