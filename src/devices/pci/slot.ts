/** What a function is given by its bus. */
import type { Gpa, Line, Memory, Schema, Window } from '../../machine/index.ts';
import type { PciFunction } from './function.ts';
import type { Region } from './layout.ts';

/** Takes messages that interrupt: PCI Local Bus 3.0, 6.8. What lies at 0xfeexxxxx are local APICs (SDM Vol. 3A, 11.11). */
export interface Messages {
  send(at: Gpa, data: number): void;
}

export interface Slot {
  readonly memory: Memory;
  readonly messages: Messages;
  // biome-ignore lint/suspicious/noExplicitAny: functions of every schema
  attach(one: PciFunction<any> & PciFunction<Schema>): void;
  /** Has a region answered there, or nowhere. */
  place(region: Region, at: number | undefined, answer: (region: Region) => Window): void;
  /** The wire of a pin; INTA# is 1, and 0 leads nowhere. */
  intx(pin: number): Line;
}
