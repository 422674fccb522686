/** Named sets of features that processors of the kernel's have on this host: a computer with one of these is taken over by an emulated processor, and back. */
import { profiles } from '../cpu/index.ts';
import { hostProfile } from './model.ts';

export type Level = keyof typeof profiles;

/** `all` has more with each version of isola, and features that no one processor has. */
const named = ['x86-64-v3', 'x86-64-v2', 'x86-64-v1'] as const satisfies readonly Level[];

/** Features of a level that processors lack here. Throws as node:fs does where KVM can't be opened. */
export const lackingHere = (level: Level): readonly string[] => {
  const has = new Set(hostProfile().features);
  return profiles[level].features.filter((feature) => !has.has(feature));
};

/** The highest one; undefined where not even the first is there. Throws likewise. */
export const levelHere = (): (typeof named)[number] | undefined => {
  return named.find((name) => lackingHere(name).length === 0);
};
