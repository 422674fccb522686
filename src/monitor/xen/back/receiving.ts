/** Packets for a guest, put into pages that it has lent for them: xen/include/public/io/netif.h, struct netif_rx_request. */
import type { GrantTable } from '../grant/table.ts';
import type { GuestPages } from '../guest-pages.ts';
import { pageBytes } from '../numbers.ts';
import { At, Flag as HeaderFlag, headerBytes, Kind } from './packet.ts';
import type { Ring } from './ring.ts';

const entryBytes = 8;
/** NETRXF_*. */
const Flag = { sumIsRight: 0x1, sumLeftOut: 0x2, more: 0x4, extra: 0x8 } as const;
/** XEN_NETIF_EXTRA_TYPE_GSO, and its types of segments. */
const Extra = { segments: 1, four: 1, six: 2 } as const;
/** NETIF_RSP_ERROR. */
const error = -1;

export interface ReceivingWires {
  readonly pages: GuestPages;
  readonly grants: GrantTable;
  readonly ring: Ring;
}

export class Receiving {
  readonly pageBytes = pageBytes;
  readonly #wires: ReceivingWires;
  readonly #request = new DataView(new ArrayBuffer(entryBytes));
  readonly #answer = new DataView(new ArrayBuffer(entryBytes));

  constructor(wires: ReceivingWires) {
    this.#wires = wires;
  }

  /** For how many pieces there is room; undefined where the ring can't be. */
  get waiting(): number | undefined {
    return this.#wires.ring.waiting(entryBytes);
  }

  /** How many pieces a frame takes, with what may be said of it beside. */
  slots(bytes: number): number {
    return Math.ceil(bytes / pageBytes) + 1;
  }

  /** A packet behind its header, into as many pieces as it takes. */
  put(packet: Uint8Array): void {
    const frame = packet.subarray(headerBytes);
    const kind = packet[At.kind] ?? 0;
    const about = sumOf(packet[At.flags] ?? 0);
    for (let from = 0; from < frame.length; from += pageBytes) {
      const piece = frame.subarray(from, from + pageBytes);
      const more = from + pageBytes < frame.length ? Flag.more : 0;
      this.#piece(piece, more | (from === 0 ? about | (kind === Kind.none ? 0 : Flag.extra) : 0));
      if (from === 0 && kind !== Kind.none) this.#extra(kind, packet);
    }
  }

  #piece(bytes: Uint8Array, flags: number): void {
    const { ring, grants, pages } = this.#wires;
    ring.take(new Uint8Array(this.#request.buffer), entryBytes);
    const page = grants.pageOf(this.#request.getUint32(4, true), 'write');
    if (page !== undefined) pages.write(page, bytes);
    const answer = this.#answer;
    answer.setUint16(0, this.#request.getUint16(0, true), true);
    answer.setUint16(2, 0, true);
    answer.setUint16(4, flags, true);
    answer.setInt16(6, page === undefined ? error : bytes.length, true);
    ring.give(new Uint8Array(answer.buffer), entryBytes);
  }

  /** Takes a place of its own, whose page is the guest's again. */
  #extra(kind: number, packet: Uint8Array): void {
    const { ring } = this.#wires;
    ring.take(new Uint8Array(this.#request.buffer), entryBytes);
    const answer = this.#answer;
    answer.setBigUint64(0, 0n, true);
    answer.setUint8(0, Extra.segments);
    answer.setUint8(2, packet[At.segmentBytes] ?? 0);
    answer.setUint8(3, packet[At.segmentBytes + 1] ?? 0);
    answer.setUint8(4, kind === Kind.four ? Extra.four : Extra.six);
    ring.give(new Uint8Array(answer.buffer), entryBytes);
  }
}

const sumOf = (flags: number): number => {
  if ((flags & HeaderFlag.needsSum) !== 0) return Flag.sumLeftOut | Flag.sumIsRight;
  return (flags & HeaderFlag.sumIsRight) !== 0 ? Flag.sumIsRight : 0;
};
