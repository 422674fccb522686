/** Where in memory a command's data is: AHCI 1.3.1, 4.2.3.3. */
import { gpa } from '../../machine/index.ts';
import { Spread } from '../ata/spread.ts';
import { Table } from './registers.ts';

export class RegionWalk extends Spread {
  readonly #entry = new Uint8Array(Table.regionBytes);
  readonly #view = new DataView(this.#entry.buffer);
  #table = 0;
  #entries = 0;

  /** At most 65535 entries: as many as a header can tell. */
  begin(table: number, entries: number): void {
    this.#table = table;
    this.#entries = entries;
    this.left = 0;
  }

  /** Counts are one less than they are, and even; addresses of more than 52 bits end the list. */
  protected hasRoom(): boolean {
    if (this.left > 0) return true;
    if (this.#entries === 0) return false;
    this.memory.read(gpa(this.#table), this.#entry);
    this.#table += Table.regionBytes;
    this.#entries--;
    const high = this.#view.getUint32(4, true);
    if (high >= 2 ** 19) return false;
    this.at = high * 2 ** 32 + this.#view.getUint32(0, true);
    this.left = (this.#view.getUint32(12, true) & 0x3f_ffff) + 1;
    return true;
  }
}
