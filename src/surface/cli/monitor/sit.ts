/** Sitting at a computer: this terminal is its screen and its keyboard. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Booted, whenAborted } from '../../../environment/index.ts';
import { detachKey, rawMode } from '../carry/console.ts';
import type { Outside } from '../telling/outside.ts';
import { Canvas } from './canvas.ts';
import { typeKeys } from './keys.ts';
import { listen, pointWith } from './mouse.ts';
import { OrderLine, type OrderView } from './order-line.ts';

/** Thirty pictures a second at the most. */
const pictureMs = 33;

export const hint = 'Ctrl-] switches the computer off, Ctrl-^ takes an order (help tells them)';

/** Until it is off: by itself, by the key, by a signal, or because the terminal is gone. */
export const sit = async (booted: Booted, outside: Outside, signal: AbortSignal): Promise<void> => {
  const leaving = Promise.withResolvers<void>();
  const leave = (): void => leaving.resolve();
  using _left = whenAborted(signal, leave);
  using canvas = new Canvas(outside, hint);
  using _raw = rawMode(outside.stdin);
  const orders = new OrderLine((line) => booted.order(line), viewOn(canvas), detachKey);
  const aside = { report: pointWith(booted.mouse, canvas), take: (chunk: Buffer) => orders.take(chunk) };
  using _keys = typeKeys(booted.keyboard, outside.stdin, { key: detachKey, leave }, aside);
  const silence = discard(booted.output);
  const drawing = Promise.all([draw(booted, canvas), listen(booted.mouse, canvas)]);
  try {
    await Promise.race([drawing, leaving.promise]);
  } finally {
    booted.detach();
    await Promise.allSettled([drawing, silence]);
  }
};

const viewOn = (canvas: Canvas): OrderView => ({
  edit: (text) => canvas.tell(`order: ${text}_`),
  answer: (lines) => canvas.tell(lines.map((line) => line.replaceAll(/\s+/g, ' ')).join('; ')),
  close: () => canvas.tell(undefined),
  holds: true,
});

const draw = async ({ monitor }: Booted, canvas: Canvas): Promise<void> => {
  for await (const screen of monitor.screens) {
    await canvas.show(screen);
    await pause(pictureMs);
  }
};

/** What its serial port says is not seen. */
const discard = async (output: AsyncIterable<Uint8Array>): Promise<void> => {
  for await (const _ of output);
};
