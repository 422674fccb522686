/** Carries out requests of a block device: VIRTIO 1.3, 5.2.6. */
import { type Disk, sectorBytes } from '../../../machine/index.ts';
import type { Chain } from '../chain.ts';
import { idBytes, mostBytes, mostRanges, moveBytes, Outcome, RangeFlag, Request, rangeBytes, requestBytes } from './registers.ts';

export interface RequestWires {
  readonly disk: Disk;
  readonly serial: string;
  /** Whether what is written has to last at once. */
  readonly isWrittenThrough: () => boolean;
}

interface Place {
  readonly at: number;
  readonly bytes: number;
}

export class Requests {
  readonly #wires: RequestWires;
  readonly #header = new DataView(new ArrayBuffer(requestBytes));
  readonly #ranges = new DataView(new ArrayBuffer(mostRanges * rangeBytes));
  readonly #data = new Uint8Array(moveBytes);
  readonly #outcome = new Uint8Array(1);

  constructor(wires: RequestWires) {
    this.#wires = wires;
  }

  /** Its last byte is what became of it. Returns how many bytes were written; what has no room for that byte is no request. */
  run(chain: Chain): number {
    if (chain.readable < requestBytes || chain.writable < 1) return 0;
    chain.read(0, new Uint8Array(this.#header.buffer));
    this.#outcome[0] = this.#run(chain);
    chain.write(chain.writable - 1, this.#outcome);
    return chain.writable;
  }

  #run(chain: Chain): number {
    switch (this.#header.getUint32(0, true)) {
      case Request.read:
        return this.#read(chain);
      case Request.write:
        return this.#write(chain);
      case Request.flush:
        return this.#flush();
      case Request.id:
        return this.#tellId(chain);
      case Request.discard:
        return this.#discard(chain);
      case Request.writeZeroes:
        return this.#writeZeroes(chain);
      default:
        return Outcome.unsupported;
    }
  }

  #read(chain: Chain): number {
    const place = this.#placeOf(this.#header.getBigUint64(8, true), chain.writable - 1);
    if (place === undefined) return Outcome.error;
    for (let moved = 0; moved < place.bytes; moved += moveBytes) {
      const data = this.#data.subarray(0, Math.min(moveBytes, place.bytes - moved));
      if (!this.#wires.disk.read(place.at + moved, data)) return Outcome.error;
      chain.write(moved, data);
    }
    return Outcome.ok;
  }

  #write(chain: Chain): number {
    const { disk } = this.#wires;
    const place = this.#placeOf(this.#header.getBigUint64(8, true), chain.readable - requestBytes);
    if (place === undefined || disk.isReadOnly) return Outcome.error;
    for (let moved = 0; moved < place.bytes; moved += moveBytes) {
      const data = this.#data.subarray(0, Math.min(moveBytes, place.bytes - moved));
      chain.read(requestBytes + moved, data);
      if (!disk.write(place.at + moved, data)) return Outcome.error;
    }
    return this.#last();
  }

  #flush(): number {
    return this.#wires.disk.flush() ? Outcome.ok : Outcome.error;
  }

  #last(): number {
    return this.#wires.isWrittenThrough() ? this.#flush() : Outcome.ok;
  }

  /** Up to its end, or to a zero behind it where that is sooner. */
  #tellId(chain: Chain): number {
    const id = new Uint8Array(Math.min(idBytes, chain.writable - 1));
    for (let index = 0; index < id.length; index++) id[index] = this.#wires.serial.charCodeAt(index);
    chain.write(0, id);
    return Outcome.ok;
  }

  /** Hints, which a disk may have no use for; ranges that aren't there are told nevertheless. */
  #discard(chain: Chain): number {
    const ranges = this.#rangesOf(chain, 0);
    if (typeof ranges === 'number') return ranges;
    for (const { at, bytes } of ranges) if (bytes > 0 && this.#wires.disk.discard?.(at, bytes) === false) return Outcome.error;
    return Outcome.ok;
  }

  #writeZeroes(chain: Chain): number {
    const ranges = this.#rangesOf(chain, RangeFlag.unmap);
    if (typeof ranges === 'number') return ranges;
    this.#data.fill(0);
    for (const { at, bytes } of ranges) {
      for (let moved = 0; moved < bytes; moved += moveBytes) {
        const zeros = this.#data.subarray(0, Math.min(moveBytes, bytes - moved));
        if (!this.#wires.disk.write(at + moved, zeros)) return Outcome.error;
      }
    }
    return this.#last();
  }

  /** All of them can be, or it is told why not. */
  #rangesOf(chain: Chain, flags: number): readonly Place[] | number {
    const bytes = chain.readable - requestBytes;
    if (this.#wires.disk.isReadOnly || bytes === 0 || bytes % rangeBytes !== 0 || bytes > mostRanges * rangeBytes) return Outcome.error;
    chain.read(requestBytes, new Uint8Array(this.#ranges.buffer, 0, bytes));
    const places: Place[] = [];
    for (let at = 0; at < bytes; at += rangeBytes) {
      if ((this.#ranges.getUint32(at + 12, true) & ~flags) !== 0) return Outcome.unsupported;
      const place = this.#placeOf(this.#ranges.getBigUint64(at, true), this.#ranges.getUint32(at + 8, true) * sectorBytes);
      if (place === undefined) return Outcome.error;
      places.push(place);
    }
    return places;
  }

  /** Undefined for what is no sectors, too many, or beyond the end. */
  #placeOf(first: bigint, bytes: number): Place | undefined {
    if (bytes % sectorBytes !== 0 || bytes > mostBytes) return undefined;
    const sectors = BigInt(Math.floor(this.#wires.disk.sizeBytes / sectorBytes));
    return first + BigInt(bytes / sectorBytes) > sectors ? undefined : { at: Number(first) * sectorBytes, bytes };
  }
}
