/** Keeps a moment of a machine that runs: its memory and devices in a file, its disk as it is then, and the machine goes on upon a new one. */
import { rmSync } from 'node:fs';
import type { Pc } from '../../../board/index.ts';
import { Refusal } from '../../../environment/index.ts';
import { inWords } from '../../../host/index.ts';
import { saveSnapshot } from '../snapshot/index.ts';
import { type Base, factsOf, type MachineDescription } from './description.ts';
import type { RootDisk } from './root-disk.ts';

/** What it answers. */
export const kept = 'done';
export const refused = 'refused: ';
/** Names in the directory of a moment. */
export const momentFiles = { memory: 'memory', disk: 'disk.img' } as const;

export class Moments {
  readonly #pc: Pc;
  readonly #root: RootDisk;
  readonly #description: MachineDescription;
  #layers: number;

  constructor(pc: Pc, root: RootDisk, description: MachineDescription) {
    this.#pc = pc;
    this.#root = root;
    this.#description = description;
    this.#layers = description.layerCount;
  }

  /**
   * `keep`: between two runs of the computer, so it stands still meanwhile. Whoever asks has put what the disk is now among its layers, by the next number. The answer's second word is for how many milliseconds
   * it stood.
   */
  answer(order: string): readonly string[] {
    if (order !== 'keep') return [`${refused}${order} is no order`];
    const from = performance.now();
    try {
      this.#keep();
    } catch (error) {
      if (!(error instanceof Error && ('code' in error || error.name === 'Failing'))) throw error;
      return [`${refused}${error instanceof Refusal ? error.message : inWords(error)}`];
    }
    return [`${kept} ${(performance.now() - from).toFixed(1)}`];
  }

  #keep(): void {
    const { moment, layers, base } = this.#description;
    const memory = `${moment}/${momentFiles.memory}`;
    saveSnapshot(this.#pc, memory, factsOf(this.#description), { isSynced: false });
    const isRaw = this.#layers === 0 && base === null;
    const below: Base = { path: `${layers}/${this.#layers}`, format: isRaw ? 'raw' : 'qcow2', sizeBytes: this.#root.sizeBytes };
    try {
      this.#root.standOn(below, `${moment}/${momentFiles.disk}`);
    } catch (error) {
      rmSync(memory, { force: true });
      throw error;
    }
    this.#layers++;
  }
}
