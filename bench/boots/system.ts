/** Something that computers boot, what from, and when it is there. */
import type { Guest } from '../boot/guest.ts';

export interface System {
  /** With the point that is waited for. */
  readonly name: string;
  readonly memoryMib: number;
  /** Made in a directory of its own. */
  medium(place: string): Medium;
  readonly steps: readonly Step[];
  /** Where the steps are seen. */
  readonly seenOn: 'screen' | 'serial line';
  /** The processor it is made for. */
  readonly bits: 32 | 64;
  /** Why v86 can't, beside what it says itself. */
  readonly unlessV86?: string;
  /** How often each boots it. */
  readonly rounds: number;
}

/** A kernel is loaded by the computer itself. */
export type Medium = { readonly kind: 'diskette' | 'CD'; readonly path: string } | { readonly kind: 'kernel'; readonly guest: Guest };

export interface Step {
  readonly shows: string;
  /** Typed once that is shown. */
  readonly types?: string;
}
