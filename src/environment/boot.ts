/** A computer that somebody boots, as the outside sees it. It is no environment: nothing of it stays. */
import type { PixelScreen, Screen } from '../machine/index.ts';
import type { Input } from './command/index.ts';
import type { Attached } from './environment.ts';

export type BootRequest = Input<'boot'>;

/** Its first serial port is the console. Detaching switches it off. */
export interface Booted extends Attached {
  readonly monitor: Monitor;
  readonly keyboard: Keyboard;
  readonly mouse: Mouse;
  /** Carries out an order for what is around it, as `--control` takes them. The last line of the answer is `done`, or `refused: ` and a sentence. */
  order(line: string): readonly string[];
  /** Settles when it is off. */
  readonly end: Promise<BootEnd>;
}

/** At its VGA card. */
export interface Monitor {
  /**
   * What it shows, and again whenever that may have changed. What comes while nobody asks is left out, but for the last. Ends with the
   * computer. For one reader at a time.
   */
  readonly screens: AsyncIterable<Screen>;
  /** What it shows now, in pixels; when it is off, what it showed last. */
  picture(): PixelScreen;
}

export interface Keyboard {
  /** Each is waited with until the computer has fetched the one before. */
  type(strokes: Iterable<Stroke>): void;
}

/** A key goes down or comes up, by its code of W3C's UI Events; one that the keyboard doesn't have is left out. */
export interface Stroke {
  readonly code: string;
  readonly isDown: boolean;
}

export interface Mouse {
  /** Lost where nobody hears it. */
  move(movement: Movement): void;
  /** Whether its system listens to a mouse: now, and again when that changes. Ends with the computer. For one reader at a time. */
  readonly heard: AsyncIterable<boolean>;
}

export interface Movement {
  /** Counts to the right, down, and of the wheel towards the user. */
  readonly dx: number;
  readonly dy: number;
  readonly dz: number;
  /** Those that are down, from bit 0: left, right, middle, and two more. */
  readonly buttons: number;
}

export interface BootEnd {
  /** 0: it switched itself off; else what a program in it asked for, or 1 where its processor could not go on. */
  readonly code: number;
  /** What to say of that, in a sentence or several lines. */
  readonly telling: string | undefined;
}
