/** What an environment's first process has printed: its two streams go to isola's own. */
import type { Input } from '../../../environment/command/index.ts';
import { Teller } from '../telling/teller.ts';
import { write } from '../telling/write.ts';
import type { Carrier } from './errand.ts';

export const carryLogs: Carrier = async (errand) => {
  const { globals, outside, interrupts } = errand;
  const input = errand.input as Input<'logs'>;
  using supervisor = await errand.open();
  await using teller = new Teller(outside, globals);
  try {
    for await (const { time, stream, text } of supervisor.logs(input, teller.callWith(interrupts))) {
      const stamp = input.timestamps ? `${new Date(time).toISOString()} ` : '';
      await write(stream === 'stderr' ? outside.stderr : outside.stdout, `${stamp}${text}\n`);
    }
  } catch (error) {
    if (!interrupts.signal.aborted || !input.follow) throw error;
  }
  // Whoever follows ends it with Ctrl-C: nothing was interrupted.
  return input.follow ? (interrupts.status ?? 0) : 0;
};
