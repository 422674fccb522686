/** The guest's end of a network card, as far as tests need it. */
import { Frame, type Guest } from './guest.ts';

export const cardPath = 'device/vif/0';
const page = 4096;
const [sentAt, receivedAt] = [(Frame.data + 1) * page, (Frame.data + 2) * page];

export interface Piece {
  readonly reference: number;
  readonly offset?: number;
  readonly flags?: number;
  readonly bytes: number;
}

export class CardFront {
  readonly #guest: Guest;
  readonly port: number;
  #sent = 0;
  #offered = 0;

  /** Connects with rings of a page each, which are lent under 9 and 10. */
  constructor(guest: Guest) {
    this.#guest = guest;
    for (const [reference, at] of [
      [9, sentAt],
      [10, receivedAt],
    ] as const) {
      guest.lend(reference, at / page);
      guest.memory.bytes.fill(0, at, at + page);
      guest.memory.view.setUint32(at + 4, 1, true);
      guest.memory.view.setUint32(at + 12, 1, true);
    }
    this.port = guest.offer();
    const said = { 'tx-ring-ref': 9, 'rx-ring-ref': 10, 'event-channel': this.port, 'request-rx-copy': 1, 'feature-sg': 1 };
    for (const [name, value] of Object.entries({ ...said, 'feature-gso-tcpv4': 1, state: 4 })) guest.tell(`${cardPath}/${name}`, value);
  }

  /** Sends a packet in pieces; what they say, the first one of all bytes. Returns what became of each. */
  send(...pieces: readonly Piece[]): readonly number[] {
    const first = this.#sent;
    for (const piece of pieces) this.put(piece);
    this.#guest.notify(this.port);
    const { view } = this.#guest.memory;
    const answered = view.getUint32(sentAt + 8, true);
    return Array.from({ length: answered - first }, (_, index) => view.getInt16(sentAt + 64 + ((first + index) & 255) * 12 + 2, true));
  }

  put({ reference, offset = 0, flags = 0, bytes }: Piece): void {
    const { view } = this.#guest.memory;
    const at = sentAt + 64 + (this.#sent & 255) * 12;
    view.setUint32(at, reference, true);
    view.setUint16(at + 4, offset, true);
    view.setUint16(at + 6, flags, true);
    view.setUint16(at + 8, this.#sent, true);
    view.setUint16(at + 10, bytes, true);
    view.setUint32(sentAt, ++this.#sent, true);
  }

  /** What is in the place of a piece: that a packet is to be cut into segments of so many bytes. */
  putSegments(bytes: number, kind = 1): void {
    const { view } = this.#guest.memory;
    const at = sentAt + 64 + (this.#sent & 255) * 12;
    view.setUint32(at, 1 | (bytes << 16), true);
    view.setUint32(at + 4, kind, true);
    view.setUint32(sentAt, ++this.#sent, true);
  }

  /** Lends a page for what comes in. */
  offer(reference: number): void {
    const { view } = this.#guest.memory;
    const at = receivedAt + 64 + (this.#offered & 255) * 8;
    view.setUint16(at, this.#offered, true);
    view.setUint32(at + 4, reference, true);
    view.setUint32(receivedAt, ++this.#offered, true);
  }

  /** What has come in by now: flags and bytes, or what went wrong, of each piece. */
  get received(): readonly (readonly [flags: number, bytes: number])[] {
    const { view } = this.#guest.memory;
    return Array.from({ length: view.getUint32(receivedAt + 8, true) }, (_, index) => {
      const at = receivedAt + 64 + (index & 255) * 8;
      return [view.getUint16(at + 4, true), view.getInt16(at + 6, true)] as const;
    });
  }

  lie(made: number): void {
    this.#guest.memory.view.setUint32(sentAt, made, true);
    this.#guest.notify(this.port);
  }
}
