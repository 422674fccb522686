/** The guest's end of a disk, as far as tests need it. */
import { Frame, type Guest } from './guest.ts';

export const diskPath = 'device/vbd/51712';
const page = 4096;
const ringAt = Frame.data * page;
const bytes = 112;
const entries = 32;

export interface DiskRequest {
  readonly operation: number;
  readonly sector: bigint;
  /** Numbers under which pages are lent, first and last sector of each. */
  readonly segments: readonly (readonly [reference: number, first: number, last: number])[];
}

export class DiskFront {
  readonly #guest: Guest;
  readonly port: number;
  #made = 0;
  #read = 0;

  /** Connects with a ring of one page, which is lent under 8. */
  constructor(guest: Guest) {
    this.#guest = guest;
    guest.lend(8, Frame.data);
    guest.memory.bytes.fill(0, ringAt, ringAt + page);
    guest.memory.view.setUint32(ringAt + 4, 1, true);
    guest.memory.view.setUint32(ringAt + 12, 1, true);
    this.port = guest.offer();
    guest.tell(`${diskPath}/ring-ref`, 8);
    guest.tell(`${diskPath}/event-channel`, this.port);
    guest.tell(`${diskPath}/protocol`, 'x86_64-abi');
    guest.tell(`${diskPath}/state`, 3);
  }

  /** Makes a request, and returns what became of it; undefined where nothing is answered. */
  ask(request: DiskRequest): number | undefined {
    this.put(request);
    this.#guest.notify(this.port);
    const { view } = this.#guest.memory;
    if (view.getUint32(ringAt + 8, true) === this.#read) return undefined;
    const at = ringAt + 64 + (this.#read++ & (entries - 1)) * bytes;
    return view.getInt16(at + 10, true);
  }

  put({ operation, sector, segments }: DiskRequest): void {
    const { view } = this.#guest.memory;
    const at = ringAt + 64 + (this.#made++ & (entries - 1)) * bytes;
    view.setUint8(at, operation);
    view.setUint8(at + 1, segments.length);
    view.setBigUint64(at + 8, BigInt(this.#made), true);
    view.setBigUint64(at + 16, sector, true);
    for (const [index, [reference, first, last]] of segments.slice(0, 11).entries()) {
      view.setUint32(at + 24 + 8 * index, reference, true);
      view.setUint8(at + 28 + 8 * index, first);
      view.setUint8(at + 29 + 8 * index, last);
    }
    view.setUint32(ringAt, this.#made, true);
  }

  /** One whose segments are in a page that is lent under this number: so many. */
  putIndirect({ operation, sector }: Omit<DiskRequest, 'segments'>, count: number, reference: number): void {
    const { view } = this.#guest.memory;
    const at = ringAt + 64 + (this.#made & (entries - 1)) * bytes;
    this.put({ operation: 6, sector, segments: [] });
    view.setUint8(at + 1, operation);
    view.setUint16(at + 2, count, true);
    view.setUint32(at + 28, reference, true);
  }

  /** Says that so many requests were made. */
  lie(made: number): void {
    this.#guest.memory.view.setUint32(ringAt, made, true);
    this.#guest.notify(this.port);
  }
}
