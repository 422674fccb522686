/** The contract of what leads from an environment's `eth0` to the world. */
import type { Definition, Usage } from '../../environment/index.ts';
import type { Surroundings } from '../place.ts';
import type { Held } from '../start/namespaces.ts';

export interface Wire {
  /** Wires a network namespace that is held. */
  plugIn(definition: Definition, surroundings: Surroundings, held: Held, end: WireEnd): Promise<void>;
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

/** Who is at the environment's end. */
export interface WireEnd {
  /** Whether that is not the host's kernel. */
  readonly isBare: boolean;
  /** Whether it gets each packet as it is on a wire: with its checksum, and no longer than its device takes. */
  readonly isWire: boolean;
}

export interface Stray {
  readonly what: string;
  remove(): Promise<void>;
}
