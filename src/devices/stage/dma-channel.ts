/** A channel of a DMA controller that has been set up: where in memory, and for how many bytes. */
import { gpa } from '../../machine/index.ts';
import type { DmaChannel } from '../floppy/index.ts';
import type { Ram } from './ram.ts';

export class StagedChannel implements DmaChannel {
  readonly #ram: Ram;
  #at = 0;
  #left = 0;

  constructor(ram: Ram) {
    this.#ram = ram;
  }

  set(at: number, bytes: number): void {
    this.#at = at;
    this.#left = bytes;
  }

  get isTerminal(): boolean {
    return this.#left === 0;
  }

  put(from: Uint8Array): number {
    const bytes = Math.min(from.length, this.#left);
    this.#ram.write(gpa(this.#at), from.subarray(0, bytes));
    return this.#moved(bytes);
  }

  take(into: Uint8Array): number {
    const bytes = Math.min(into.length, this.#left);
    this.#ram.read(gpa(this.#at), into.subarray(0, bytes));
    return this.#moved(bytes);
  }

  #moved(bytes: number): number {
    this.#at += bytes;
    this.#left -= bytes;
    return bytes;
  }
}
