/** The words the contract is written in. */
import type { VerbName } from '../../src/environment/command/index.ts';
import type { TechniqueName } from '../../src/environment/index.ts';
import type { Ground } from './ground.ts';

/** A technique with what the contract asks of it. */
export interface Subject {
  readonly technique: TechniqueName;
  /** An image that starts fast and has a shell. */
  readonly image: string;
  /** Names of clauses it can't pass, and why: a sentence for users, who read it in docs/coverage/techniques.md. */
  readonly skips: Readonly<Record<string, string>>;
  /** Names of the clauses that each run of all tests proves of it, where that is not all: TECHNIQUE.long.ts proves the rest, too. */
  readonly daily?: readonly string[];
}

/** Throws if it doesn't hold. Returns why it can't be tried on this host, where that is so. */
type Proof = (on: Ground) => Promise<string | undefined>;

/** One thing that every technique must do, told as a user would see it. */
export interface Clause {
  readonly name: string;
  /** Verbs it is about. It fails if it doesn't use them. */
  readonly verbs: readonly VerbName[];
  /** The image whose first start it proves. */
  readonly image?: string;
  readonly prove: Proof;
}

export const clause = (name: string, verbs: readonly VerbName[], prove: Proof): Clause => ({ name, verbs, prove });

/** A clause about an image of a kind of its own. */
export const clauseOfImage = (image: string, name: string, verbs: readonly VerbName[], prove: Proof): Clause => ({
  name,
  verbs,
  image,
  prove,
});

/** Clauses about one subject, in the order in which they are proved. */
export interface Chapter {
  readonly title: string;
  readonly clauses: readonly Clause[];
}
