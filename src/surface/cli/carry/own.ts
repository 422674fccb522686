/** Commands that serve shells and isola itself. */
import type { Input } from '../../../environment/command/index.ts';
import { Teller } from '../telling/teller.ts';
import { write } from '../telling/write.ts';
import { type Carrier, callOf } from './errand.ts';

export const carryCompletion: Carrier = async ({ input, outside }) => {
  const { completionFor } = await import('../completion/index.ts');
  // The parser has checked the choice.
  await write(outside.stdout, await completionFor((input as Input<'completion'>).shell as 'bash' | 'zsh' | 'fish'));
  return 0;
};

export const carryComplete: Carrier = async (errand) => {
  using supervisor = await errand.open();
  const kind = (errand.input as Input<'complete'>).names as 'environment' | 'image' | 'snapshot';
  await write(
    errand.outside.stdout,
    supervisor
      .names(kind)
      .map((name) => `${name}\n`)
      .join(''),
  );
  return 0;
};

export const carryReap: Carrier = async (errand) => {
  using supervisor = await errand.open();
  await using teller = new Teller(errand.outside, errand.globals);
  await supervisor.reap((errand.input as Input<'reap'>).id, callOf(errand.interrupts, teller));
  return 0;
};
