/** Tables that say where in memory a bus master moves data: Programming Interface for Bus Master IDE Controller 1.0, 1.2. */
import { gpa } from '../../machine/index.ts';
import { Spread } from '../ata/spread.ts';

const entryBytes = 8;
const last = 0x8000_0000;
/** A table lies within 64 KiB. */
const mostEntries = 0x1_0000 / entryBytes;

/** Where a transfer goes on. Entries are read once each. */
export class PrdWalk extends Spread {
  readonly #entry = new Uint8Array(entryBytes);
  readonly #view = new DataView(this.#entry.buffer);
  #table = 0;
  #entries = 0;
  #isLast = false;

  begin(table: number): void {
    this.#table = table;
    this.#entries = 0;
    this.#isLast = false;
    this.left = 0;
  }

  /** Whether nothing is behind what was moved. */
  get isThrough(): boolean {
    return this.left === 0 && (this.#isLast || this.#entries === mostEntries);
  }

  /** Counts of 0 are 64 KiB; addresses and counts are even. */
  protected hasRoom(): boolean {
    if (this.left > 0) return true;
    if (this.isThrough) return false;
    this.memory.read(gpa(this.#table + entryBytes * this.#entries++), this.#entry);
    const flags = this.#view.getUint32(4, true);
    this.at = this.#view.getUint32(0, true) - (this.#view.getUint32(0, true) & 1);
    this.left = flags & 0xfffe || 0x1_0000;
    this.#isLast = flags >= last;
    return true;
  }
}
