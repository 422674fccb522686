/** The processor's ways out, as it wants them: onto the buses. */
import type { Ports, Window as Registers } from '../cpu/index.ts';
import { type Bus, type Gpa, type Port, undriven, type Width } from '../machine/index.ts';

/** An access that goes beyond the last port meets nothing there. */
export const portsOf = (bus: Bus<Port>): Ports => ({
  read: (port, bytes) => bus.read(port, bytes),
  write: (port, bytes, value) => bus.write(port, value, bytes),
});

/** Accesses of more than four bytes, or of an odd number, are made of several, the lowest first. */
export const registersOf = (bus: Bus<Gpa>): Registers => ({
  has: (physical) => bus.has(physical),
  hasPiece: (physical, bytes) => bus.hasPiece(physical, bytes),
  readPiece: (physical, into) => bus.readPiece(physical, into),
  writePiece: (physical, bytes) => bus.writePiece(physical, bytes),
  read: (physical, bytes) => {
    const into = new Uint8Array(bytes);
    for (let at = 0; at < bytes; ) {
      const width = widthOf(physical + at, bytes - at);
      put(into, at, bus.has(physical + at) ? bus.read(physical + at, width) : undriven(width), width);
      at += width;
    }
    return into;
  },
  write: (physical, bytes) => {
    for (let at = 0; at < bytes.length; ) {
      const width = widthOf(physical + at, bytes.length - at);
      bus.write(physical + at, take(bytes, at, width), width);
      at += width;
    }
  },
});

/** The widest that is aligned, but for accesses that are one as they stand. */
const widthOf = (at: number, left: number): Width => {
  if (left === 1 || left === 2 || left === 4) return left;
  if (left > 4 && at % 4 === 0) return 4;
  return left >= 2 && at % 2 === 0 ? 2 : 1;
};

const put = (into: Uint8Array, at: number, value: number, width: Width): void => {
  for (let byte = 0; byte < width; byte++) into[at + byte] = value >>> (8 * byte);
};

const take = (from: Uint8Array, at: number, width: Width): number => {
  let value = 0;
  for (let byte = width - 1; byte >= 0; byte--) value = value * 256 + (from[at + byte] ?? 0);
  return value;
};
