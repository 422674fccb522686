/** Where in memory a register says that something is. */
import { type Gpa, gpa, type Memory } from '../../machine/index.ts';

/** Beyond it no page can be. */
const last = (1n << 52n) - 4096n;

/** Undefined where no memory can be. */
export const placeOf = (address: bigint): Gpa | undefined => (address <= last ? gpa(Number(address)) : undefined);

/** Writes what begins with a version, as who reads it expects: that is odd while the rest is written, and two more than before then. Where there is no memory nothing is written. */
export const putVersioned = (memory: Memory, at: Gpa, version: number, body: Uint8Array): void => {
  const under = new DataView(new ArrayBuffer(4));
  for (const [value, rest] of [
    [version - 1, undefined],
    [version, body],
  ] as const) {
    if (rest !== undefined) memory.write(gpa(at + 4), rest);
    under.setUint32(0, value, true);
    memory.write(at, new Uint8Array(under.buffer));
  }
};
