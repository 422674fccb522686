/** What a serial port leads to on the host. */
import type { SerialLine, Uart } from '../../devices/index.ts';

/** A serial port, or what stands before it and never has its guest wait. */
export type Port = Pick<Uart, 'room' | 'receive'> & Partial<Pick<Uart, 'release'>>;

export interface OpenLine {
  readonly line: SerialLine;
  /** Gives the port what it has room for of what came in. Returns whether that was anything. */
  feed(port: Port): boolean;
  /** What was sent goes on its way. */
  send(): void;
  close(): void;
}

/** Nobody is there. */
export const nobody: OpenLine = { line: { transmit: () => {} }, feed: () => false, send: () => {}, close: () => {} };
