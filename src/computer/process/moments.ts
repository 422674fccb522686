/** Keeps a moment of a machine that runs: its disk as it is then, upon which it goes on with a new one, and its memory and devices, which are copied and then written to a file while it does. */
import { rmSync } from 'node:fs';
import type { Pc } from '../../board/index.ts';
import { Refusal } from '../../environment/index.ts';
import { inWords } from '../../host/index.ts';
import { Aside, adopt, bySlices, Capture, type Held, Snapshot, saveCapture } from '../snapshot/index.ts';
import { type Base, factsOf, type MachineDescription } from './description.ts';
import type { RootDisk } from './root-disk.ts';
import type { Undertaking } from './undertaking.ts';

/** What it answers. */
export const kept = 'done';
export const refused = 'refused: ';
/** Names in the directory of a moment. */
export const momentFiles = { memory: 'memory', disk: 'disk.img' } as const;

/** What is left to be copied while the machine stands still is no more, in pages of 4 KiB, or was put aside so often. */
const [littlePages, mostRounds] = [1024, 4] as const;

export interface Kept {
  readonly pc: Pc;
  readonly root: RootDisk;
  /** What it was restored from, mapped. It is closed with this, or once it is needed no more. */
  readonly from: Snapshot;
  /** Where its memory is a file that others have, too: numbers of the pages that hold something. These are copied, and stay where they are. */
  readonly shared: () => Uint32Array | undefined;
  readonly undertaking: Undertaking;
}

export class Moments implements AsyncDisposable {
  readonly #pc: Pc;
  readonly #root: RootDisk;
  readonly #description: MachineDescription;
  readonly #end = new AbortController();
  readonly #shared: Kept['shared'];
  readonly #undertaking: Undertaking;
  #held: Held;
  #nextLayer: number;
  #writing: Promise<unknown> | undefined;

  constructor({ pc, root, from, shared, undertaking }: Kept, description: MachineDescription) {
    this.#pc = pc;
    this.#root = root;
    this.#shared = shared;
    this.#undertaking = undertaking;
    this.#held = { from };
    this.#description = description;
    this.#nextLayer = description.nextLayer;
  }

  /**
   * `keep`: a moment between now and the answer. Whoever asks has put what the disk is now among its layers, by the next number. `tell` has the answer once the file is whole; its second word is for how many
   * milliseconds the computer stood still. Where the file can't be written, the disk has a layer more for nothing.
   */
  answer(order: string, tell: (said: string) => void): readonly string[] {
    if (order !== 'keep') return [`${refused}${order} is no order`];
    if (this.#undertaking.present !== undefined) return [`${refused}${this.#undertaking.present}`];
    this.#undertaking.begin('another moment of it is being written', () => this.#written(), tell);
    return [];
  }

  /** One that is being written is given up. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#writing;
    this.#held.aside?.[Symbol.dispose]();
    this.#held.from[Symbol.dispose]();
  }

  #written(): Promise<string> {
    const written = this.#keep().then((stood) => `${kept} ${stood}`, refusalFor);
    this.#writing = written;
    return written;
  }

  /** Returns for how long it stood still, in milliseconds. */
  async #keep(): Promise<string> {
    const path = `${this.#description.moment}/${momentFiles.memory}`;
    // What was left there by one that nobody waited for.
    rmSync(path, { force: true });
    if (this.#shared() === undefined) await this.#putAside();
    await this.#root.settle();
    this.#end.signal.throwIfAborted();
    const from = performance.now();
    using capture = this.#capture();
    const stood = (performance.now() - from).toFixed(1);
    await saveCapture(capture, path, factsOf(this.#description), this.#end.signal);
    if (this.#shared() === undefined) await this.#adopt(path);
    return stood;
  }

  /** In some rounds, for it goes on writing: each has as much as was written during the one before. Without that, more is copied. */
  async #putAside(): Promise<void> {
    try {
      const aside = this.#held.aside ?? new Aside(this.#pc.memory);
      this.#held = { ...this.#held, aside };
      for (let round = 0, moved = littlePages + 1; round < mostRounds && moved > littlePages; round++)
        moved = await bySlices(aside.move(), this.#end.signal);
    } catch (error) {
      if (!isOfHost(error)) throw error;
    }
  }

  /** What it does at once. */
  #capture(): Capture {
    const { moment, layers, base } = this.#description;
    const isRaw = this.#nextLayer === 0 && base === null;
    const below: Base = { path: `${layers}/${this.#nextLayer}`, format: isRaw ? 'raw' : 'qcow2', sizeBytes: this.#root.sizeBytes };
    const shared = this.#shared();
    const capture = shared === undefined ? new Capture(this.#pc, this.#held) : new Capture(this.#pc, undefined, () => shared);
    try {
      this.#root.standOn(below, `${moment}/${momentFiles.disk}`);
    } catch (error) {
      capture[Symbol.dispose]();
      throw error;
    }
    this.#nextLayer++;
    return capture;
  }

  /** What it has not written since is the file's, which all that go on from it share, and what was put aside is needed no more. */
  async #adopt(path: string): Promise<void> {
    const { from, aside } = this.#held;
    const whole = new Snapshot(path);
    let isAdopted = false;
    try {
      isAdopted = await bySlices(adopt(this.#pc, whole), this.#end.signal);
      if (isAdopted) aside?.empty();
    } catch (error) {
      if (!isOfHost(error)) throw error;
    }
    if (isAdopted) this.#held = { from: whole };
    for (const left of isAdopted ? [aside, from] : [whole]) left?.[Symbol.dispose]();
  }
}

const isOfHost = (error: unknown): error is Error => error instanceof Error && 'code' in error;

/** Throws what is a defect. */
const refusalFor = (error: unknown): string => {
  if (error instanceof Refusal) return `${refused}${error.message}`;
  if (!isOfHost(error) && !(error instanceof Error && error.name === 'Failing')) throw error;
  return `${refused}${inWords(error)}`;
};
