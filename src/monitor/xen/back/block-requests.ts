/** Carries out a guest's requests to a disk, page by page of what it has lent: xen/include/public/io/blkif.h. */
import { type Disk, sectorBytes } from '../../../machine/index.ts';
import type { GrantTable } from '../grant/table.ts';
import type { GuestPages } from '../guest-pages.ts';
import { pageBytes } from '../numbers.ts';
import { type BlockLayout, mostIndirect, mostSegments, Op, Outcome, pageSectors, segmentBytes } from './block-layout.ts';

export interface RequestWires {
  readonly disk: Disk;
  readonly grants: GrantTable;
  readonly pages: GuestPages;
}

interface Segment {
  readonly reference: number;
  readonly first: number;
  readonly last: number;
}

export class BlockRequests {
  readonly #wires: RequestWires;
  /** As much as one request moves. */
  readonly #data = new Uint8Array(mostIndirect * pageBytes);

  constructor(wires: RequestWires) {
    this.#wires = wires;
  }

  /** Returns what became of it. */
  run(request: DataView, layout: BlockLayout): number {
    const operation = request.getUint8(0);
    if (operation === Op.indirect) return this.#indirect(request, layout);
    if (operation === Op.discard) return this.#discard(request, layout);
    const count = request.getUint8(1);
    const sector = request.getBigUint64(layout.sector, true);
    if (count > mostSegments) return Outcome.error;
    const segments = Array.from({ length: count }, (_, index) => segmentAt(request, layout.segments + index * segmentBytes));
    return this.#perform(operation, sector, segments);
  }

  #perform(operation: number, sector: bigint, segments: readonly Segment[]): number {
    switch (operation) {
      case Op.read:
        return this.#read(sector, segments);
      case Op.write:
        return this.#write(sector, segments);
      case Op.flush:
      case Op.barrier:
        // Each is through before the next one: what came before is written when this is asked for.
        if (!this.#wires.disk.flush()) return Outcome.error;
        if (segments.length === 0) return Outcome.okay;
        if (this.#write(sector, segments) !== Outcome.okay) return Outcome.error;
        return this.#wires.disk.flush() ? Outcome.okay : Outcome.error;
      default:
        return Outcome.unsupported;
    }
  }

  #read(sector: bigint, segments: readonly Segment[]): number {
    const { disk, grants, pages } = this.#wires;
    const data = this.#room(sector, segments);
    if (data === undefined) return Outcome.error;
    const places: number[] = [];
    for (const { reference } of segments) {
      const page = grants.pageOf(reference, 'write');
      if (page === undefined) return Outcome.error;
      places.push(page);
    }
    if (!disk.read(Number(sector) * sectorBytes, data)) return Outcome.error;
    let from = 0;
    for (const [index, { first, last }] of segments.entries()) {
      const bytes = (last - first + 1) * sectorBytes;
      pages.write((places[index] ?? 0) + first * sectorBytes, data.subarray(from, from + bytes));
      from += bytes;
    }
    return Outcome.okay;
  }

  #write(sector: bigint, segments: readonly Segment[]): number {
    const { disk, grants, pages } = this.#wires;
    const data = this.#room(sector, segments);
    if (data === undefined || disk.isReadOnly) return Outcome.error;
    let from = 0;
    for (const { reference, first, last } of segments) {
      const page = grants.pageOf(reference, 'read');
      if (page === undefined) return Outcome.error;
      const bytes = (last - first + 1) * sectorBytes;
      pages.read(page + first * sectorBytes, data.subarray(from, from + bytes));
      from += bytes;
    }
    return disk.write(Number(sector) * sectorBytes, data) ? Outcome.okay : Outcome.error;
  }

  /** For all that it moves; undefined where a segment isn't one, or where not all of it is on the disk. */
  #room(sector: bigint, segments: readonly Segment[]): Uint8Array | undefined {
    if (segments.length === 0 || segments.some(({ first, last }) => first > last || last >= pageSectors)) return undefined;
    const sectors = segments.reduce((sum, { first, last }) => sum + last - first + 1, 0);
    return this.#has(sector, BigInt(sectors)) ? this.#data.subarray(0, sectors * sectorBytes) : undefined;
  }

  #has(sector: bigint, count: bigint): boolean {
    return sector + count <= BigInt(Math.floor(this.#wires.disk.sizeBytes / sectorBytes));
  }

  /** Its segments are in pages of their own. */
  #indirect(request: DataView, layout: BlockLayout): number {
    const { grants, pages } = this.#wires;
    const [operation, count] = [request.getUint8(1), request.getUint16(2, true)];
    if ((operation !== Op.read && operation !== Op.write) || count === 0 || count > mostIndirect) return Outcome.error;
    const segments: Segment[] = [];
    const perPage = pageBytes / segmentBytes;
    for (let from = 0; from < count; from += perPage) {
      const page = grants.pageOf(request.getUint32(layout.pages + (from / perPage) * 4, true), 'read');
      if (page === undefined) return Outcome.error;
      const some = Math.min(perPage, count - from);
      const view = new DataView(pages.copy(page, some * segmentBytes).buffer);
      for (let index = 0; index < some; index++) segments.push(segmentAt(view, index * segmentBytes));
    }
    return this.#perform(operation, request.getBigUint64(layout.sector, true), segments);
  }

  #discard(request: DataView, layout: BlockLayout): number {
    const { disk } = this.#wires;
    const [sector, count] = [request.getBigUint64(layout.sector, true), request.getBigUint64(layout.count, true)];
    if (disk.discard === undefined || disk.isReadOnly) return Outcome.unsupported;
    if (!this.#has(sector, count)) return Outcome.error;
    return count === 0n || disk.discard(Number(sector) * sectorBytes, Number(count) * sectorBytes) ? Outcome.okay : Outcome.error;
  }
}

const segmentAt = (view: DataView, at: number): Segment => ({
  reference: view.getUint32(at, true),
  first: view.getUint8(at + 4),
  last: view.getUint8(at + 5),
});
