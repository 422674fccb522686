/** Keeps a moment of a machine that runs: its disk as it is then, upon which it goes on with a new one, and its memory and devices, which are copied and then written to a file while it does. */
import { rmSync } from 'node:fs';
import type { Pc } from '../../../board/index.ts';
import { Refusal } from '../../../environment/index.ts';
import { inWords } from '../../../host/index.ts';
import { Capture, type Snapshot, saveCapture } from '../snapshot/index.ts';
import { type Base, factsOf, type MachineDescription } from './description.ts';
import type { RootDisk } from './root-disk.ts';

/** What it answers. */
export const kept = 'done';
export const refused = 'refused: ';
/** Names in the directory of a moment. */
export const momentFiles = { memory: 'memory', disk: 'disk.img' } as const;

export interface Kept {
  readonly pc: Pc;
  readonly root: RootDisk;
  /** What it was restored from, open for as long as this. */
  readonly from: Snapshot;
}

export class Moments implements AsyncDisposable {
  readonly #machine: Kept;
  readonly #description: MachineDescription;
  readonly #end = new AbortController();
  #layers: number;
  #writing: Promise<void> | undefined;

  constructor(machine: Kept, description: MachineDescription) {
    this.#machine = machine;
    this.#description = description;
    this.#layers = description.layerCount;
  }

  /**
   * `keep`: between two runs of the computer, so it stands still for what is done at once. Whoever asks has put what the disk is now among its layers, by the next number. `tell` has the answer once the file is
   * whole; its second word is for how many milliseconds it stood. Where the file can't be written, the disk has a layer more for nothing.
   */
  answer(order: string, tell: (said: string) => void): readonly string[] {
    if (order !== 'keep') return [`${refused}${order} is no order`];
    if (this.#writing !== undefined) return [`${refused}another moment of it is being written`];
    const from = performance.now();
    try {
      const capture = this.#capture();
      const stood = (performance.now() - from).toFixed(1);
      this.#writing = this.#write(capture)
        .then(
          () => tell(`${kept} ${stood}`),
          (error: unknown) => tell(refusalFor(error)),
        )
        .finally(() => {
          this.#writing = undefined;
        });
    } catch (error) {
      return [refusalFor(error)];
    }
    return [];
  }

  /** One that is being written is given up. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#writing;
  }

  #capture(): Capture {
    const { moment, layers, base } = this.#description;
    const { pc, root, from } = this.#machine;
    // What was left there by one that nobody waited for.
    rmSync(`${moment}/${momentFiles.memory}`, { force: true });
    const isRaw = this.#layers === 0 && base === null;
    const below: Base = { path: `${layers}/${this.#layers}`, format: isRaw ? 'raw' : 'qcow2', sizeBytes: root.sizeBytes };
    const capture = new Capture(pc, from);
    try {
      root.standOn(below, `${moment}/${momentFiles.disk}`);
    } catch (error) {
      capture[Symbol.dispose]();
      throw error;
    }
    this.#layers++;
    return capture;
  }

  async #write(capture: Capture): Promise<void> {
    using whole = capture;
    const { moment } = this.#description;
    await saveCapture(whole, `${moment}/${momentFiles.memory}`, factsOf(this.#description), this.#end.signal);
  }
}

/** Throws what is a defect. */
const refusalFor = (error: unknown): string => {
  if (error instanceof Refusal) return `${refused}${error.message}`;
  if (!(error instanceof Error && ('code' in error || error.name === 'Failing'))) throw error;
  return `${refused}${inWords(error)}`;
};
