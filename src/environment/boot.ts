/** A computer that somebody boots, as the outside sees it. It is no environment: nothing of it stays. */
import type { Input } from './command/index.ts';
import type { Attached } from './environment.ts';

export type BootRequest = Input<'boot'>;

/** Its first serial port is the console. Detaching switches it off. */
export interface Booted extends Attached {
  /** Settles when it is off. */
  readonly end: Promise<BootEnd>;
}

export interface BootEnd {
  /** 0: it switched itself off; else what a program in it asked for, or 1 where its processor could not go on. */
  readonly code: number;
  /** What to say of that, in a sentence or several lines. */
  readonly telling: string | undefined;
}
