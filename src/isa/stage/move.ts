/** A module for a processor whose own part of linear memory begins elsewhere: the same code, its offsets longer. */
import { unsigned } from './bytes.ts';
import type { WrittenModule } from './module.ts';

/** Offsets stay in the code, so no access costs more than the first processor's: what is shared is the work of making the code. */
export const movedTo = (module: WrittenModule, home: number): Uint8Array<ArrayBuffer> => {
  const { bytes } = module;
  if (home === 0) return bytes;
  const { bodies, homes } = module;
  const made: Uint8Array[] = [];
  let next = 0;
  for (const [index, begin] of bodies.entries()) {
    const size = numberAt(bytes, begin);
    const end = bodies[index + 1] ?? bytes.length;
    const pieces: Uint8Array[] = [];
    let from = begin + size.lengthBytes;
    for (; (homes[next] ?? end) < end; next++) {
      const at = homes[next] ?? end;
      const { value, lengthBytes } = numberAt(bytes, at);
      pieces.push(bytes.subarray(from, at), Uint8Array.from(unsigned(value + home)));
      from = at + lengthBytes;
    }
    pieces.push(bytes.subarray(from, end));
    made.push(Uint8Array.from(unsigned(lengthOf(pieces))), ...pieces);
  }
  const first = bodies[0] ?? bytes.length;
  const count = unsigned(bodies.length);
  const codeBytes = numberAt(bytes, sectionBefore(bytes, first));
  const head = bytes.subarray(0, sectionBefore(bytes, first));
  if (codeBytes.value !== bytes.length - first + count.length) throw new Error('the code is not the last section');
  return joined([head, Uint8Array.from([...unsigned(lengthOf(made) + count.length), ...count]), ...made]);
};

/** Where the size of the code's section is, whose first body is here: each section tells how long it is. */
const sectionBefore = (bytes: Uint8Array, first: number): number => {
  for (let at = 8; at < first; ) {
    const { value, lengthBytes } = numberAt(bytes, at + 1);
    if (bytes[at] === 10) return at + 1;
    at += 1 + lengthBytes + value;
  }
  throw new Error('there is no code');
};

const numberAt = (bytes: Uint8Array, at: number): { readonly value: number; readonly lengthBytes: number } => {
  let [value, lengthBytes] = [0, 0];
  for (; ; lengthBytes++) {
    const byte = bytes[at + lengthBytes] ?? 0;
    value += (byte & 0x7f) * 128 ** lengthBytes;
    if (byte < 0x80) return { value, lengthBytes: lengthBytes + 1 };
  }
};

const lengthOf = (pieces: readonly Uint8Array[]): number => pieces.reduce((sum, piece) => sum + piece.length, 0);

const joined = (pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const whole = new Uint8Array(lengthOf(pieces));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
};
