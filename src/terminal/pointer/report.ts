/** What a terminal tells of its mouse: xterm's ctlseqs, "Mouse Tracking", any motion (1003) in SGR's form (1006). */

export const pointerOn = '\x1b[?1003h\x1b[?1006h';
export const pointerOff = '\x1b[?1006l\x1b[?1003l';

export interface Report {
  /** From 0. */
  readonly column: number;
  readonly row: number;
  /** What is pressed or let go of, or held while it moves; undefined: nothing is. */
  readonly button: number | undefined;
  readonly isDown: boolean;
  /** Of the wheel, towards the user. */
  readonly wheel: -1 | 0 | 1;
}

/** By xterm's numbers, as bits of a computer's mouse: left, right, middle, and two more. */
const buttons: Readonly<Record<number, number>> = { 0: 0x01, 1: 0x04, 2: 0x02, 128: 0x08, 129: 0x10 };
const [motion, modifiers, none, wheelUp, wheelDown] = [32, 4 | 8 | 16, 3, 64, 65];
/** No terminal is wider. */
const most = 0xffff;

/** Of a sequence behind CSI; undefined where it is none of these. */
export const reportIn = (text: string): Report | undefined => {
  const [, first = '', column = '', row = '', final = ''] = /^<(\d{1,5});(\d{1,5});(\d{1,5})([Mm])$/.exec(text) ?? [];
  if (final === '' || Number(column) < 1 || Number(row) < 1 || Number(column) > most || Number(row) > most) return undefined;
  const code = Number(first) & ~modifiers;
  const place = { column: Number(column) - 1, row: Number(row) - 1 };
  if (code === wheelUp || code === wheelDown) return { ...place, button: undefined, isDown: false, wheel: code === wheelUp ? -1 : 1 };
  const number = code & ~motion;
  const button = number === none ? undefined : buttons[number];
  if (number !== none && button === undefined) return undefined;
  return { ...place, button, isDown: final === 'M', wheel: 0 };
};
