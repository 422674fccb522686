/** Why an environment ended though nobody asked it to and its work was not done: the same words for all techniques. */
export const causes = {
  panic: 'its kernel gave up',
  crash: 'its processor can’t go on: a triple fault, or what the emulator hasn’t got',
  hang: 'its processor has heard none of its devices for a minute',
  halt: 'its processor was halted for good, and it was not switched off',
  failure: 'isola’s own part of it ended: its agent, its relay, a server of its files',
} as const;

export type CauseKind = keyof typeof causes;

export interface Cause {
  readonly kind: CauseKind;
  /** In its own words, where it had some. */
  readonly words: string;
}
