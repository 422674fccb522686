/** Commands that serve shells and isola itself. */
import type { Input } from '../../../environment/command/index.ts';
import { Teller } from '../telling/teller.ts';
import { write } from '../telling/write.ts';
import type { Carrier } from './errand.ts';

export const carryCompletion: Carrier = async ({ input, outside }) => {
  const { completionFor } = await import('../completion/index.ts');
  // The parser has checked the choice.
  await write(outside.stdout, await completionFor((input as Input<'completion'>).shell as 'bash' | 'zsh' | 'fish'));
  return 0;
};

/** A snapshot's name says nothing without its environment's. */
export const carryComplete: Carrier = async (errand) => {
  using supervisor = await errand.open();
  await using teller = new Teller(errand.outside, errand.globals);
  const call = teller.callWith(errand.interrupts);
  const kind = (errand.input as Input<'complete'>).names as 'environment' | 'image' | 'snapshot';
  const names =
    kind === 'snapshot'
      ? (await supervisor.submit('snapshot list', { name: undefined }, call)).map(({ environment, name }) => `${environment}/${name}`)
      : supervisor.names(kind);
  await write(errand.outside.stdout, names.map((name) => `${name}\n`).join(''));
  return 0;
};

export const carryReap: Carrier = async (errand) => {
  using supervisor = await errand.open();
  await using teller = new Teller(errand.outside, errand.globals);
  await supervisor.reap((errand.input as Input<'reap'>).id, teller.callWith(errand.interrupts));
  return 0;
};

export const carryMachine: Carrier = async (errand) => {
  using supervisor = await errand.open();
  await using teller = new Teller(errand.outside, errand.globals);
  const status = await supervisor.machine((errand.input as Input<'machine'>).description, teller.callWith(errand.interrupts));
  return errand.interrupts.status ?? status;
};
