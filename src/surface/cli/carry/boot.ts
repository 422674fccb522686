/** A computer that is booted: its first serial port is the console. */
import type { Input } from '../../../environment/command/index.ts';
import { Teller } from '../telling/teller.ts';
import { write } from '../telling/write.ts';
import { converse } from './console.ts';
import type { Carrier } from './errand.ts';

export const carryBoot: Carrier = async (errand) => {
  const { globals, outside, interrupts } = errand;
  using supervisor = await errand.open();
  await using teller = new Teller(outside, globals);
  const booted = await supervisor.boot(errand.input as Input<'boot'>, teller.callWith(interrupts));
  const terminal = outside.isTerminal(0);
  if (terminal) teller.say('Ctrl-] switches the computer off');
  await teller.end();
  await converse(booted, outside, { terminal, endsWithInput: false }, interrupts.signal);
  const { code, telling } = await booted.end;
  if (telling !== undefined) await write(outside.stderr, `${terminal ? '\r\n' : ''}isola: ${telling}\n`);
  return interrupts.status ?? code;
};
