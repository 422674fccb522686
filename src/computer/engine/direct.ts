/** Programs of a machine's guest that run as they are, in processes of the host: whether they do at the moment, and what it came to. */
import type { MakePrograms } from '../../cpu/index.ts';
import { type Counts, directPrograms, type Told } from '../../direct/index.ts';
import { Children } from '../../host/native/children.ts';
import { inChild, Shared } from '../../host/native/layout.ts';
import { monotonic } from '../../host/native/monotonic.ts';
import { SharedMemory } from '../../host/native/shared-memory.ffi.ts';
import { seldom } from './incidents.ts';

const { signal, fsBase, gsBase, selectors } = Shared;

/** Made before the process is fenced in: from then on it can start none. */
export class Direct implements Disposable {
  readonly #told: Told;
  #memory: SharedMemory | undefined;
  #children: Children | undefined;

  readonly #befell: (words: string) => void;

  /** `befell` is told what becomes of its processes that nobody asked for, for people. */
  constructor(isOn: boolean, befell: (words: string) => void = () => {}) {
    this.#befell = befell;
    this.#told = { isOn, counts: { visits: 0, narrow: 0, faults: 0, nanoseconds: 0, spaces: 0, lost: 0 } };
  }

  /** Of a computer whose memory has nothing yet. */
  readonly make: MakePrograms = (inside) => {
    const memory = new SharedMemory(inside.ram.bytes.subarray(inside.ram.begin));
    const children = new Children(memory.file, seldom(this.#befell));
    this.#memory = memory;
    this.#children = children;
    if (this.isOn) memory.share('empty');
    return directPrograms(
      { open: () => children.open(), now: monotonic, hasCode32: () => children.hasCode32, reserved: inChild.reserved },
      { signal, fsBase, gsBase, selectors },
      this.#told,
    )(inside);
  };

  get counts(): Readonly<Counts> {
    return this.#told.counts;
  }

  /** Whether its memory is a file that processes have, too: no page of it may become another mapping then. It stays so. */
  get isShared(): boolean {
    return this.#memory?.isShared ?? false;
  }

  /** Numbers of the pages of memory that hold something, once it is shared; undefined before. */
  get pages(): Uint32Array | undefined {
    return this.isShared ? this.#memory?.pages : undefined;
  }

  /** So that programs can soon go on as they are, though none ever did. Turns of it come between runs. Throws an error with a code where the host has no memory for it. */
  *prepare(): Generator<void> {
    if (this.#memory !== undefined) yield* this.#memory.prepare();
  }

  get isOn(): boolean {
    return this.#told.isOn;
  }

  /** Between two runs: programs go on as they are from now on, or interpreted. Throws an error with a code where the host has no memory for it. */
  set isOn(is: boolean) {
    if (is) this.#memory?.share('full');
    this.#told.isOn = is;
  }

  /** What of its memory holds nothing is the host's again. */
  release(bytes: Uint8Array): void {
    this.#memory?.release(bytes);
  }

  [Symbol.dispose](): void {
    this.#children?.[Symbol.dispose]();
    this.#memory?.[Symbol.dispose]();
  }
}
