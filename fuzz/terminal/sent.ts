/** What a terminal may send, whole sequences and torn ones, in pieces of any size: keys and movements of a mouse that there are, the same whatever the pieces. */
import { type Key, KeyReader, Pointer, reportIn, strokesOf } from '../../src/terminal/index.ts';
import { mutate, pick, type Random } from '../mutation.ts';

const whole = [
  ...[
    'a',
    'Z',
    '\x03',
    '\x1b',
    '\x1b[A',
    '\x1bOP',
    '\x1b[[C',
    '\x1b[15~',
    '\x1b[1;5D',
    '\x1b[27;5;99~',
    '\x1b[97;5u',
    '\x1bx',
    'é',
    '€',
    '😀',
  ],
  ...[
    '\x1b[<0;1;1M',
    '\x1b[<0;80;25m',
    '\x1b[<35;12;5M',
    '\x1b[<64;3;4M',
    '\x1b[<129;65535;65535M',
    '\x1b[200~',
    '\x1b[6;7R',
    '\x1b\x1b[B',
  ],
] as const;
const words = ['\x1b', '[', 'O', '<', ';', 'M', 'm', '~', '\xc3', '\xf0\x9f', '99999999'].map((word) => Buffer.from(word, 'latin1'));
const buttons = 0x1f;

export const sent = (random: Random): void => {
  const parts = Array.from({ length: 1 + random(8) }, () => Buffer.from(pick(random, whole)));
  const bytes = random(3) === 0 ? Buffer.concat(parts) : Buffer.from(mutate(random, Buffer.concat(parts), words));
  const [one, other] = [heard([bytes]), heard(pieces(random, bytes))];
  if (JSON.stringify(one) !== JSON.stringify(other))
    throw new Error(`in pieces it is ${JSON.stringify(other)}, not ${JSON.stringify(one)}`);
};

const pieces = (random: Random, bytes: Buffer): readonly Buffer[] => {
  const all: Buffer[] = [];
  for (let from = 0; from < bytes.length; ) {
    const to = from + 1 + random(6);
    all.push(bytes.subarray(from, to));
    from = to;
  }
  return all;
};

/** What a computer gets of it. */
const heard = (chunks: readonly Buffer[]): readonly unknown[] => {
  const pointer = new Pointer();
  const got: unknown[] = [];
  const reader = new KeyReader((sequence) => {
    const report = reportIn(sequence);
    if (report === undefined) return;
    const movement = pointer.move(report, { width: 8, height: 16 });
    if (!Object.values(movement).every(Number.isSafeInteger) || (movement.buttons & ~buttons) !== 0)
      throw new Error(`${sequence} moves by ${JSON.stringify(movement)}`);
    got.push(movement);
  });
  const keys: Key[] = [...chunks.flatMap((chunk) => reader.read(chunk)), ...reader.flush()];
  for (const key of keys) {
    const strokes = strokesOf(key);
    const held = new Set<string>();
    for (const { code, isDown } of strokes) {
      if (held.has(code) === isDown) throw new Error(`${code} of ${JSON.stringify(key)} is ${isDown ? 'down' : 'up'} twice`);
      if (isDown) held.add(code);
      else held.delete(code);
    }
    if (strokes.length === 0 || held.size > 0) throw new Error(`${JSON.stringify(key)} stays down, or is none`);
  }
  return [...got, ...keys];
};
