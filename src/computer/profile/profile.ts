/** What is known of where a computer was and what its processor did. */
import type { Counted } from '../../cpu/index.ts';
import type { Shares } from './sampler.ts';

export interface Stack {
  /** `kernel`, `user` or a mode without these; then functions, the outermost first. */
  readonly frames: readonly string[];
  /** How often it was there, and how often of that in code that was translated. */
  looks: number;
  translated: number;
}

export interface Profile extends Counted {
  /** Instructions between two looks. */
  readonly between: number;
  /** In so many seconds of the host's, without those in which it rested. */
  readonly instructions: number;
  readonly seconds: number;
  readonly time: Shares;
  readonly stacks: readonly Readonly<Stack>[];
  /** Undefined where all is interpreted. */
  readonly translated: Translated | undefined;
}

/** Regions of code, each a function of WebAssembly. */
export interface Translated {
  readonly regions: number;
  /** That were translated, and of their regions those that were left to the interpreter. */
  readonly instructions: number;
  readonly left: number;
  readonly bytes: number;
  readonly modules: number;
  /** Regions that are no more, and of those the ones that weren't worth their visits. */
  readonly forgotten: number;
  readonly unworthy: number;
  /** How often a region was entered, and how many of the computer's instructions they ran. */
  readonly visits: number;
  readonly ran: number;
}

/** Million instructions a second. */
export const mipsOf = ({ instructions, seconds }: Pick<Profile, 'instructions' | 'seconds'>): number => instructions / seconds / 1e6;

/** `outermost;…;innermost count` on each line, as flame graphs are drawn from. */
export const foldedOf = ({ stacks }: Pick<Profile, 'stacks'>): string =>
  stacks.map(({ frames, looks }) => `${frames.join(';')} ${looks}\n`).join('');

export const jsonOf = (profile: Profile): string => `${JSON.stringify({ ...profile, mips: mipsOf(profile) }, undefined, 2)}\n`;
