/** PS/2 keyboard: IBM PS/2 Hardware Interface Technical Reference, Keyboards (101- and 102-key). */
import { below, flag, type Instant, later, maybe, millis, moment, queue, type StateOf, u8 } from '../../machine/index.ts';
import { breakOf, type Key, keys, makeOf } from './keys.ts';
import { inSetOne } from './translation.ts';

const names = Object.keys(keys) as readonly Key[];
/** Bytes of keys that nobody has fetched. */
const buffered = 16;

export const keyboardSchema = {
  /** Answers to commands go before keys. */
  answers: queue(4),
  keys: queue(buffered),
  /** The command whose parameter is next; 0 where none is. */
  command: u8,
  isScanning: flag,
  set: below(3),
  leds: u8,
  typematic: u8,
  /** The key that repeats while it is down, and when it does so next. */
  repeating: maybe(below(names.length)),
  repeatsAt: maybe(moment),
  last: u8,
};

export type Keyboard = StateOf<typeof keyboardSchema>;

const Command = {
  leds: 0xed,
  echo: 0xee,
  set: 0xf0,
  identify: 0xf2,
  typematic: 0xf3,
  enable: 0xf4,
  disable: 0xf5,
  defaults: 0xf6,
  setThree: 0xf7,
  resend: 0xfe,
  reset: 0xff,
} as const;
const Answer = { acknowledge: 0xfa, passed: 0xaa, resend: 0xfe } as const;
const id = [0xab, 0x83];
/** 10.9 times a second after half of one. */
const slow = 0x2b;

export const freshKeyboard = (): Keyboard => ({
  ...{ answers: [], keys: [], command: 0, isScanning: true, set: 2, leds: 0, typematic: slow },
  ...{ repeating: undefined, repeatsAt: undefined, last: 0 },
});

export const hasKey = ({ answers, keys }: Keyboard): boolean => answers.length > 0 || keys.length > 0;

export const nextByte = (keyboard: Keyboard): number => {
  keyboard.last = keyboard.answers.shift() ?? keyboard.keys.shift() ?? 0;
  return keyboard.last;
};

export const press = (keyboard: Keyboard, key: Key, now: Instant): void => {
  const index = names.indexOf(key);
  // Whoever tells of a key again that is down means what the keyboard does by itself.
  if (!keyboard.isScanning || keyboard.repeating === index) return;
  type(keyboard, makeOf(key));
  keyboard.repeating = key === 'Pause' ? undefined : index;
  keyboard.repeatsAt = key === 'Pause' ? undefined : later(now, millis(250 * (((keyboard.typematic >> 5) & 3) + 1)));
};

export const release = (keyboard: Keyboard, key: Key): void => {
  if (keyboard.repeating === names.indexOf(key)) stopRepeating(keyboard);
  if (keyboard.isScanning) type(keyboard, breakOf(key));
};

/** When a key that is down does so next. */
export const nextRepeat = ({ repeating, repeatsAt }: Keyboard): Instant | undefined => (repeating === undefined ? undefined : repeatsAt);

/** What a key that is down does by itself. */
export const repeat = (keyboard: Keyboard, now: Instant): void => {
  const key = keyboard.repeating === undefined ? undefined : names[keyboard.repeating];
  if (key === undefined || keyboard.repeatsAt === undefined || now < keyboard.repeatsAt) return;
  // One that nobody fetches is enough.
  if (keyboard.keys.length === 0) type(keyboard, makeOf(key));
  const { typematic } = keyboard;
  keyboard.repeatsAt = later(now, millis((8 + (typematic & 7)) * 2 ** ((typematic >> 3) & 3) * 4.17));
};

export const command = (keyboard: Keyboard, byte: number): void => {
  const { command } = keyboard;
  keyboard.command = 0;
  keyboard.answers = [];
  if (command !== 0 && byte < Command.leds) parameter(keyboard, command, byte);
  else order(keyboard, byte);
};

const order = (keyboard: Keyboard, byte: number): void => {
  const { answers } = keyboard;
  if (byte === Command.echo) answers.push(Command.echo);
  else if (byte === Command.resend) answers.push(keyboard.last);
  else if (byte < Command.leds || byte === Command.echo + 1 || byte === 0xf1) answers.push(Answer.resend);
  else answers.push(Answer.acknowledge);
  switch (byte) {
    case Command.leds:
    case Command.set:
    case Command.typematic:
      keyboard.command = byte;
      break;
    case Command.identify:
      answers.push(...id);
      break;
    case Command.enable:
      keyboard.isScanning = true;
      keyboard.keys = [];
      break;
    case Command.disable:
      defaults(keyboard);
      keyboard.isScanning = false;
      break;
    case Command.defaults:
      defaults(keyboard);
      keyboard.isScanning = true;
      break;
    case Command.reset:
      defaults(keyboard);
      keyboard.isScanning = true;
      keyboard.leds = 0;
      answers.push(Answer.passed);
      break;
  }
};

const parameter = (keyboard: Keyboard, command: number, byte: number): void => {
  const isSet = command === Command.set;
  // Set 3 is none of what keyboards that are sold have.
  const isKnown = !isSet || byte < 3;
  keyboard.answers.push(isKnown ? Answer.acknowledge : Answer.resend);
  if (command === Command.leds) keyboard.leds = byte & 7;
  if (command === Command.typematic) keyboard.typematic = byte & 0x7f;
  if (isSet && byte === 0) keyboard.answers.push(keyboard.set);
  else if (isSet && isKnown) keyboard.set = byte;
};

const defaults = (keyboard: Keyboard): void => {
  keyboard.keys = [];
  keyboard.set = 2;
  keyboard.typematic = slow;
  stopRepeating(keyboard);
};

const stopRepeating = (keyboard: Keyboard): void => {
  keyboard.repeating = undefined;
  keyboard.repeatsAt = undefined;
};

/** A sequence that has no room is lost as a whole. */
const type = (keyboard: Keyboard, sequence: readonly number[]): void => {
  const bytes = keyboard.set === 1 ? inSetOne(sequence) : sequence;
  if (keyboard.keys.length + bytes.length <= buffered) keyboard.keys.push(...bytes);
};
