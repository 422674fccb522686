/** Carries out a guest's requests to a disk, page by page of what it has lent: xen/include/public/io/blkif.h. */
import { type Disk, sectorBytes } from '../../../machine/index.ts';
import type { GrantTable } from '../grant/table.ts';
import type { GuestPages } from '../guest-pages.ts';
import { pageBytes } from '../numbers.ts';
import { type BlockLayout, mostIndirect, mostSegments, Op, Outcome, pageSectors, segmentBytes } from './block-layout.ts';
import { Stretches } from './stretches.ts';

export interface RequestWires {
  readonly disk: Disk;
  readonly grants: GrantTable;
  readonly pages: GuestPages;
}

/** Of those that have segments. */
const moving: ReadonlySet<number> = new Set([Op.read, Op.write, Op.flush, Op.barrier]);
/** Where stretches have fewer bytes than that they are rather copied than moved each by itself. */
const longBytes = 4 * pageBytes;

export class BlockRequests {
  readonly #wires: RequestWires;
  readonly #lent = new Stretches(mostIndirect);
  /** A page of segments. */
  readonly #segments = new DataView(new ArrayBuffer(pageBytes));
  /** As much as one request moves. */
  readonly #data = new Uint8Array(mostIndirect * pageBytes);

  constructor(wires: RequestWires) {
    this.#wires = wires;
  }

  /** Of the request before. */
  get lentBytes(): number {
    return this.#lent.bytes;
  }

  /** Returns what became of it. */
  run(request: DataView, layout: BlockLayout): number {
    const operation = request.getUint8(0);
    this.#lent.clear();
    if (operation === Op.indirect) return this.#indirect(request, layout);
    if (operation === Op.discard) return this.#discard(request, layout);
    if (!moving.has(operation)) return Outcome.unsupported;
    const count = request.getUint8(1);
    if (count > mostSegments) return Outcome.error;
    const sector = request.getBigUint64(layout.sector, true);
    return this.#take(request, layout.segments, count, operation) ? this.#perform(operation, sector) : Outcome.error;
  }

  #perform(operation: number, sector: bigint): number {
    if (operation === Op.read || operation === Op.write) return this.#move(sector, operation);
    // Each is through before the next one: what came before is written when this is asked for.
    if (!this.#wires.disk.flush()) return Outcome.error;
    if (this.#lent.bytes === 0) return Outcome.okay;
    if (this.#move(sector, Op.write) !== Outcome.okay) return Outcome.error;
    return this.#wires.disk.flush() ? Outcome.okay : Outcome.error;
  }

  /** Pages of segments from a byte on. False where one isn't one, or isn't lent for that. */
  #take(view: DataView, from: number, count: number, operation: number): boolean {
    const { grants } = this.#wires;
    for (let at = from; at < from + count * segmentBytes; at += segmentBytes) {
      const [first, last] = [view.getUint8(at + 4), view.getUint8(at + 5)];
      const page = grants.pageOf(view.getUint32(at, true), operation === Op.read ? 'write' : 'read');
      if (page === undefined || first > last || last >= pageSectors) return false;
      this.#lent.add(page + first * sectorBytes, (last - first + 1) * sectorBytes);
    }
    return true;
  }

  /** From the disk, or to it, all that was lent. */
  #move(sector: bigint, operation: typeof Op.read | typeof Op.write): number {
    const { bytes, usualBytes } = this.#lent;
    const isReading = operation === Op.read;
    if (bytes === 0 || !this.#has(sector, BigInt(bytes / sectorBytes)) || (!isReading && this.#wires.disk.isReadOnly)) return Outcome.error;
    const from = Number(sector) * sectorBytes;
    const isMoved = usualBytes >= longBytes ? this.#moveEach(from, isReading) : isReading ? this.#read(from) : this.#write(from);
    return isMoved ? Outcome.okay : Outcome.error;
  }

  /** Without a copy, for the disk has the guest's own memory. */
  #moveEach(from: number, isReading: boolean): boolean {
    const { disk, pages } = this.#wires;
    return this.#lent.every((at, bytes, before) => {
      const piece = pages.piece(at, bytes, isReading ? 'write' : 'read');
      if (piece !== undefined) return isReading ? disk.read(from + before, piece) : disk.write(from + before, piece);
      // It lies apart.
      const copy = this.#data.subarray(0, bytes);
      if (!isReading) pages.read(at, copy);
      if (!(isReading ? disk.read(from + before, copy) : disk.write(from + before, copy))) return false;
      if (isReading) pages.write(at, copy);
      return true;
    });
  }

  #read(from: number): boolean {
    const { disk, pages } = this.#wires;
    const data = this.#data.subarray(0, this.#lent.bytes);
    return (
      disk.read(from, data) &&
      this.#lent.every((at, bytes, before) => {
        pages.write(at, data.subarray(before, before + bytes));
        return true;
      })
    );
  }

  #write(from: number): boolean {
    const { disk, pages } = this.#wires;
    const data = this.#data.subarray(0, this.#lent.bytes);
    this.#lent.every((at, bytes, before) => {
      pages.read(at, data.subarray(before, before + bytes));
      return true;
    });
    return disk.write(from, data);
  }

  #has(sector: bigint, count: bigint): boolean {
    return sector + count <= BigInt(Math.floor(this.#wires.disk.sizeBytes / sectorBytes));
  }

  /** Its segments are in pages of their own. */
  #indirect(request: DataView, layout: BlockLayout): number {
    const { grants, pages } = this.#wires;
    const [operation, count] = [request.getUint8(1), request.getUint16(2, true)];
    if ((operation !== Op.read && operation !== Op.write) || count === 0 || count > mostIndirect) return Outcome.error;
    const perPage = pageBytes / segmentBytes;
    for (let from = 0; from < count; from += perPage) {
      const page = grants.pageOf(request.getUint32(layout.pages + (from / perPage) * 4, true), 'read');
      if (page === undefined) return Outcome.error;
      const some = Math.min(perPage, count - from);
      pages.read(page, new Uint8Array(this.#segments.buffer, 0, some * segmentBytes));
      if (!this.#take(this.#segments, 0, some, operation)) return Outcome.error;
    }
    return this.#move(request.getBigUint64(layout.sector, true), operation);
  }

  #discard(request: DataView, layout: BlockLayout): number {
    const { disk } = this.#wires;
    const [sector, count] = [request.getBigUint64(layout.sector, true), request.getBigUint64(layout.count, true)];
    if (disk.discard === undefined || disk.isReadOnly) return Outcome.unsupported;
    if (!this.#has(sector, count)) return Outcome.error;
    return count === 0n || disk.discard(Number(sector) * sectorBytes, Number(count) * sectorBytes) ? Outcome.okay : Outcome.error;
  }
}
