/** A computer that is booted: this terminal is its screen and keyboard, or its first serial port. */
import type { Input } from '../../../environment/command/index.ts';
import type { Booted } from '../../../environment/index.ts';
import { displayOf } from '../monitor/display.ts';
import { OrderLine, type OrderView } from '../monitor/order-line.ts';
import { Screenshots } from '../monitor/screenshots.ts';
import { hint, sit } from '../monitor/sit.ts';
import type { Outside } from '../telling/outside.ts';
import { Teller } from '../telling/teller.ts';
import { write } from '../telling/write.ts';
import { converse, detachKey, type Talk } from './console.ts';
import type { Carrier, Errand } from './errand.ts';

export const carryBoot: Carrier = async (errand) => {
  const { globals, outside, interrupts } = errand;
  const input = errand.input as Input<'boot'>;
  if (input.page !== undefined) return servePage(errand, input);
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
  else await converse(booted, outside, { terminal, endsWithInput: false, ...(terminal && ordering(booted, outside)) }, interrupts.signal);
  const { code, telling } = await booted.end;
  if (telling !== undefined) await write(outside.stderr, `${terminal && !isScreen ? '\r\n' : ''}isola: ${telling}\n`);
  screenshots?.end();
  return interrupts.status ?? code;
};

/** Until somebody interrupts it; files that are written for others are served by them. */
const servePage = async ({ globals, outside, interrupts, open }: Errand, input: Input<'boot'>): Promise<number> => {
  using supervisor = await open();
  await using teller = new Teller(outside, globals);
  await using served = await supervisor.page(input, teller.callWith(interrupts));
  await teller.end();
  const { place } = served;
  if ('directory' in place) return 0;
  await write(outside.stdout, `${place.url}\n`);
  const { signal } = interrupts;
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  return interrupts.status ?? 0;
};

/** Orders are typed on a line of their own, and what the serial port says goes on around them. */
const ordering = (booted: Booted, { stdout }: Outside): Pick<Talk, 'take'> => {
  let isOpen = false;
  // A terminal that is gone tells so at what is said next.
  const put = (text: string): void => void write(stdout, text).catch(() => {});
  const view: OrderView = {
    edit: (text) => {
      put(`${isOpen ? '\r' : '\r\n'}\x1b[Korder: ${text}`);
      isOpen = true;
    },
    answer: (lines) => {
      put(`\r\n${lines.map((line) => `${line}\r\n`).join('')}`);
      isOpen = false;
    },
    close: () => {
      put('\r\n');
      isOpen = false;
    },
    holds: false,
  };
  const orders = new OrderLine((line) => booted.order(line), view, detachKey);
  return { take: (chunk) => orders.take(chunk) };
};
