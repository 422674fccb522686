/** A computer that is booted: this terminal is its screen and keyboard, or its first serial port. */
import type { Input } from '../../../environment/command/index.ts';
import { displayOf } from '../monitor/display.ts';
import { Screenshots } from '../monitor/screenshots.ts';
import { hint, sit } from '../monitor/sit.ts';
import { Teller } from '../telling/teller.ts';
import { write } from '../telling/write.ts';
import { converse } from './console.ts';
import type { Carrier } from './errand.ts';

export const carryBoot: Carrier = async (errand) => {
  const { globals, outside, interrupts } = errand;
  const input = errand.input as Input<'boot'>;
  const { isScreen, png } = displayOf(input, outside);
  using screenshots = png === undefined ? undefined : new Screenshots(png);
  using supervisor = await errand.open();
  await using teller = new Teller(outside, globals);
  const booted = await supervisor.boot(input, teller.callWith(interrupts));
  screenshots?.of(booted.monitor);
  const terminal = outside.isTerminal(0);
  if (terminal) teller.say(hint);
  await teller.end();
  if (isScreen) await sit(booted, outside, interrupts.signal);
  else await converse(booted, outside, { terminal, endsWithInput: false }, interrupts.signal);
  const { code, telling } = await booted.end;
  if (telling !== undefined) await write(outside.stderr, `${terminal && !isScreen ? '\r\n' : ''}isola: ${telling}\n`);
  screenshots?.end();
  return interrupts.status ?? code;
};
