/** A disk for tests: in memory, with sectors that cannot be read or written. */
import { type Disk, sectorBytes } from '../../machine/index.ts';

export class MemoryDisk implements Disk {
  readonly bytes: Uint8Array;
  readonly isReadOnly: boolean;
  /** Sectors that are medium errors. */
  readonly bad = new Set<number>();
  flushes = 0;

  constructor(sizeBytes: number, isReadOnly = false) {
    this.bytes = new Uint8Array(sizeBytes);
    this.isReadOnly = isReadOnly;
  }

  get sizeBytes(): number {
    return this.bytes.length;
  }

  read(at: number, into: Uint8Array): boolean {
    if (!this.#isGood(at, into.length)) return false;
    into.set(this.bytes.subarray(at, at + into.length));
    return true;
  }

  write(at: number, from: Uint8Array): boolean {
    if (this.isReadOnly) throw new Error('a device wrote to what cannot be written');
    if (!this.#isGood(at, from.length)) return false;
    this.bytes.set(from, at);
    return true;
  }

  flush(): boolean {
    this.flushes++;
    return true;
  }

  /** Each sector begins with its number. */
  number(unitBytes: number = sectorBytes): this {
    const view = new DataView(this.bytes.buffer);
    for (let at = 0; at + unitBytes <= this.bytes.length; at += unitBytes) view.setUint32(at, at / unitBytes, true);
    return this;
  }

  #isGood(at: number, length: number): boolean {
    if (at % sectorBytes !== 0 || length % sectorBytes !== 0 || at < 0 || at + length > this.bytes.length) {
      throw new Error(`a device asked for ${length} bytes at ${at} of ${this.bytes.length}`);
    }
    for (let sector = at / sectorBytes; sector < (at + length) / sectorBytes; sector++) if (this.bad.has(sector)) return false;
    return true;
  }
}
