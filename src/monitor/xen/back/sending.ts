/** Packets that a guest sends: in pieces of pages that it has lent: xen/include/public/io/netif.h, struct netif_tx_request. */
import type { GrantTable } from '../grant/table.ts';
import type { GuestPages } from '../guest-pages.ts';
import { pageBytes } from '../numbers.ts';
import { At, type Cutter, headerBytes, Kind, leaveSum, mostFrameBytes } from './packet.ts';
import type { Ring } from './ring.ts';

/** XEN_NETIF_NR_SLOTS_MIN: no packet has more pieces. */
export const mostSlots = 18;
const requestBytes = 12;
const answerBytes = 4;
/** NETTXF_*. */
const Flag = { sumLeftOut: 0x1, more: 0x4, extra: 0x8 } as const;
/** XEN_NETIF_EXTRA_*: of a packet that is to be cut, and whether one more follows. */
const Extra = { segments: 1, more: 0x1, most: 4 } as const;
/** XEN_NETIF_GSO_TYPE_*. */
const kinds: Readonly<Record<number, number>> = { 0: Kind.none, 1: Kind.four, 2: Kind.six };
/** NETIF_RSP_*. */
const Outcome = { okay: 0, error: -1, none: 1 } as const;

interface Piece {
  readonly reference: number;
  readonly offset: number;
  readonly bytes: number;
}

export interface SendingWires {
  readonly pages: GuestPages;
  readonly grants: GrantTable;
  readonly ring: Ring;
  readonly cutter: Cutter;
}

export class Sending {
  readonly #wires: SendingWires;
  readonly #request = new DataView(new ArrayBuffer(requestBytes));
  readonly #answer = new DataView(new ArrayBuffer(answerBytes));
  /** Numbers of the requests of the present packet, by which they are answered; undefined for what is no piece. */
  readonly #ids: (number | undefined)[] = [];

  constructor(wires: SendingWires) {
    this.#wires = wires;
  }

  /** All that waits. Undefined, or what the guest has done that it can't. */
  serve(): string | undefined {
    const { ring } = this.#wires;
    for (;;) {
      const waiting = ring.waiting(requestBytes);
      if (waiting === undefined) return 'its ring has indices that can’t be';
      if (waiting === 0) break;
      const why = this.#packet(waiting);
      if (why !== undefined) return why;
    }
    ring.await();
    return undefined;
  }

  #packet(waiting: number): string | undefined {
    const { cutter } = this.#wires;
    const { packet } = cutter;
    this.#ids.length = 0;
    let left = waiting;
    packet.fill(0, 0, headerBytes);
    const first = this.#take();
    let flags = this.#request.getUint16(6, true);
    const isSumLeftOut = (flags & Flag.sumLeftOut) !== 0;
    left--;
    let segments: { readonly kind: number; readonly bytes: number } | undefined;
    for (let count = 0, isMore = (flags & Flag.extra) !== 0; isMore; count++, left--) {
      if (left === 0 || count === Extra.most) return 'its packet isn’t whole';
      this.#takeExtra();
      isMore = (this.#request.getUint8(1) & Extra.more) !== 0;
      if (this.#request.getUint8(0) !== Extra.segments) continue;
      const kind = kinds[this.#request.getUint8(4)];
      if (kind === undefined) return 'its packet is to be cut into what nobody knows';
      segments = { kind, bytes: this.#request.getUint16(2, true) };
    }
    const pieces: Piece[] = [];
    while ((flags & Flag.more) !== 0) {
      if (left === 0 || pieces.length === mostSlots) return 'its packet isn’t whole';
      pieces.push(this.#take());
      flags = this.#request.getUint16(6, true);
      left--;
    }
    // The first one says how long all of it is.
    const others = pieces.reduce((sum, { bytes }) => sum + bytes, 0);
    const all = [{ ...first, bytes: first.bytes - others }, ...pieces];
    const isGood = this.#gather(all, first.bytes);
    if (isGood && (!isSumLeftOut || leaveSum(packet, first.bytes))) {
      if (segments !== undefined) {
        packet[At.kind] = segments.kind;
        packet[At.segmentBytes] = segments.bytes & 0xff;
        packet[At.segmentBytes + 1] = segments.bytes >> 8;
      }
      cutter.send(first.bytes);
    }
    for (const id of this.#ids) this.#answerTo(id, isGood);
    return undefined;
  }

  /** Copies all pieces behind one another. False where they can't be. */
  #gather(pieces: readonly Piece[], bytes: number): boolean {
    const { grants, pages, cutter } = this.#wires;
    if (bytes > mostFrameBytes || bytes < 14) return false;
    let to = headerBytes;
    for (const { reference, offset, bytes: some } of pieces) {
      if (some <= 0 || offset + some > pageBytes) return false;
      const page = grants.pageOf(reference, 'read');
      if (page === undefined) return false;
      pages.read(page + offset, cutter.packet.subarray(to, to + some));
      to += some;
    }
    return true;
  }

  #take(): Piece {
    const view = this.#request;
    this.#wires.ring.take(new Uint8Array(view.buffer), requestBytes);
    this.#ids.push(view.getUint16(8, true));
    return { reference: view.getUint32(0, true), offset: view.getUint16(4, true), bytes: view.getUint16(10, true) };
  }

  #takeExtra(): void {
    this.#wires.ring.take(new Uint8Array(this.#request.buffer), requestBytes);
    this.#ids.push(undefined);
  }

  #answerTo(id: number | undefined, isGood: boolean): void {
    this.#answer.setUint16(0, id ?? 0, true);
    this.#answer.setInt16(2, id === undefined ? Outcome.none : isGood ? Outcome.okay : Outcome.error, true);
    this.#wires.ring.give(new Uint8Array(this.#answer.buffer), requestBytes);
  }
}
