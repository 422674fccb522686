/** The contract of what leads from an environment's `eth0` to the world. */
import type { Definition, Usage } from '../../environment/index.ts';
import type { Surroundings } from '../place.ts';
import type { Held } from '../start/namespaces.ts';

export interface Wire {
  /** Wires a network namespace that is held. `isBare`: the host's kernel doesn't speak there. */
  plugIn(definition: Definition, surroundings: Surroundings, held: Held, isBare: boolean): Promise<void>;
  /** Safe to repeat, also where nothing was plugged. */
  unplug(definition: Definition, surroundings: Surroundings): Promise<void>;
  changeRate(definition: Definition, surroundings: Surroundings, rateBits: number | undefined): Promise<void>;
  changePorts(definition: Definition, surroundings: Surroundings): Promise<void>;
  /** Others find it by its new name from now on, where they find each other at all. */
  rename(definition: Definition, surroundings: Surroundings): Promise<void>;
  use(definition: Definition, surroundings: Surroundings): Promise<Usage['network']>;
  /** Wires whose environment is gone, and how they are removed. */
  strays(living: readonly Definition[], surroundings: Surroundings): Promise<readonly Stray[]>;
}

export interface Stray {
  readonly what: string;
  remove(): Promise<void>;
}
