/** A source of entropy: VIRTIO 1.3, 5.4. Where it has it from, who made the machine says. */
import type { StateOf } from '../../machine/index.ts';
import type { Chain } from './chain.ts';
import { VirtioFunction, type VirtioPlace } from './function.ts';

export interface VirtioRngWires extends VirtioPlace {
  /** Fills it with what nobody can guess. */
  readonly entropy: (into: Uint8Array) => void;
}

const own = {};
const kind = { id: 4, classCode: 0xff_0000, queues: 1, queueSize: 64, features: [], configBytes: 0, own } as const;
/** At a time: a driver may be given less than it has room for. */
const mostBytes = 4096;

export class VirtioRng extends VirtioFunction<typeof own> {
  readonly #entropy: VirtioRngWires['entropy'];
  readonly #bytes = new Uint8Array(mostBytes);

  constructor({ entropy, ...place }: VirtioRngWires) {
    super(place, kind);
    this.#entropy = entropy;
  }

  protected freshOwn(): StateOf<typeof own> {
    return {};
  }

  protected get deviceConfig(): Uint8Array {
    return new Uint8Array();
  }

  protected notified(index: number): void {
    this.queues[index]?.serve((chain) => this.#fill(chain));
  }

  #fill(chain: Chain): number {
    const bytes = this.#bytes.subarray(0, Math.min(mostBytes, chain.writable));
    this.#entropy(bytes);
    return chain.write(0, bytes);
  }
}
