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
  /** The root file system as a tar. `workspace` is a directory of its own, removed afterwards. */
  tar(call: Call, workspace: string): Promise<AsyncIterable<Uint8Array>>;
}
