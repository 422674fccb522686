import type { Call } from '../../environment/index.ts';

/** What isola needs to know to make an image of one layer. */
export interface Recipe {
  /** How it came here, for people. */
  readonly source: string;
  /** For the layer's history in the config. */
  readonly createdBy: string;
  /** ISO 8601, for the config. */
  readonly created: string;
  readonly cmd: readonly string[];
  readonly stopSignal: string;
  /** Makes the root file system and lets `take` have it as a tar. `workspace` is free to be made, and removed afterwards. */
  work<T>(workspace: string, call: Call, take: (tar: AsyncIterable<Uint8Array>) => Promise<T>): Promise<T>;
}
