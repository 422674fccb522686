import type { Abort } from './abort.ts';

/** One step of something long. `done` and `of` count the unit, where it is known how much there is. */
export interface Progress {
  readonly stage: string;
  readonly done?: number;
  readonly of?: number;
  readonly unit?: 'bytes' | 'files' | 'packages' | 'environments' | 'seconds';
}

/** What travels with every call: how to end it early, and whom to tell. */
export interface Call {
  readonly signal: Abort;
  progress(progress: Progress): void;
  /** A sentence for people, e.g. why a technique was chosen. */
  say(sentence: string): void;
}
