/** Frames as a driver leaves them to its card: without a sum, and with more of TCP's than is sent at once: VIRTIO 1.3, 5.1.6.2.2. What is written there bounds nothing. */
import { At, Ether, EtherType, Flag, Gso, headerBytes, Ip4, Ip6, mostFrameBytes, Tcp, TcpFlag, tcpNumber } from './header.ts';
import { put, Sums, turned } from './sums.ts';

/** Of a segment's payload: linux v6.1 include/net/tcp.h, TCP_MIN_GSO_SIZE. So one frame becomes at most 8192. */
const leastBytes = 8;
/** Of the room for a frame, and where the next one begins, at an even place. */
const roomBytes = headerBytes + mostFrameBytes + 1;

interface Layout {
  readonly isFour: boolean;
  /** Where IP's header begins, TCP's, and what TCP carries. */
  readonly ip: number;
  readonly tcp: number;
  readonly payload: number;
}

export class Segments {
  /** A frame behind its header; and behind that the segments, one after the other. */
  readonly #room = new Uint8Array(2 * roomBytes);
  readonly #view = new DataView(this.#room.buffer);
  readonly #sums = new Sums(this.#room);
  readonly #send: (frame: Uint8Array) => void;
  /** For the header, and the frame behind it. */
  readonly packet = this.#room.subarray(0, headerBytes + mostFrameBytes);

  constructor(send: (frame: Uint8Array) => void) {
    this.#send = send;
  }

  /** Sends the frame of so many bytes in `packet` as it is to be on a cable. What can't be is lost. */
  send(bytes: number): void {
    const view = this.#view;
    const end = headerBytes + bytes;
    const start = headerBytes + view.getUint16(At.sumStart, true);
    const isSummed = (view.getUint8(At.flags) & Flag.needsSum) !== 0;
    const kind = view.getUint8(At.gsoType) & ~Gso.ecn;
    if (kind === Gso.none) {
      if (isSummed && !this.#sum(start, end)) return;
      this.#send(this.#room.subarray(headerBytes, end));
      return;
    }
    const layout = isSummed ? this.#layout(kind, start, end) : undefined;
    if (layout !== undefined) this.#cut(layout, end);
  }

  /** False where its place isn't in the frame. */
  #sum(start: number, end: number): boolean {
    const at = start + this.#view.getUint16(At.sumOffset, true);
    if (at + 2 > end) return false;
    // The driver has put the sum of what isn't in the frame there.
    put(this.#room, at, this.#sums.of(start, end));
    return true;
  }

  #layout(kind: number, tcp: number, end: number): Layout | undefined {
    const [room, view] = [this.#room, this.#view];
    if (view.getUint16(At.sumOffset, true) !== Tcp.sum || tcp + Tcp.bytes > end) return undefined;
    const isTagged = view.getUint16(headerBytes + Ether.type) === EtherType.vlan;
    const ip = headerBytes + (isTagged ? Ether.taggedBytes : Ether.bytes);
    const type = view.getUint16(ip - 2);
    const isFour = kind === Gso.tcp4 && type === EtherType.ip4 && tcp - ip >= Ip4.bytes && room[ip + Ip4.protocol] === tcpNumber;
    const isSix = kind === Gso.tcp6 && type === EtherType.ip6 && tcp - ip >= Ip6.bytes;
    const payload = tcp + ((room[tcp + Tcp.offset] ?? 0) >> 4) * 4;
    if (!(isFour || isSix) || payload < tcp + Tcp.bytes || payload >= end) return undefined;
    return { isFour, ip, tcp, payload };
  }

  #cut(layout: Layout, end: number): void {
    const [room, view] = [this.#room, this.#view];
    const each = view.getUint16(At.gsoBytes, true);
    if (each < leastBytes) return;
    const { payload, tcp } = layout;
    room.copyWithin(roomBytes, headerBytes, payload);
    const toRoom = roomBytes - headerBytes;
    const flagsAt = tcp + toRoom + Tcp.flags;
    const [sequence, flags] = [view.getUint32(tcp + Tcp.sequence), room[tcp + Tcp.flags] ?? 0];
    for (let at = payload, number = 0; at < end; at += each, number++) {
      const count = Math.min(each, end - at);
      room.copyWithin(payload + toRoom, at, at + count);
      view.setUint32(tcp + toRoom + Tcp.sequence, sequence + number * each);
      // What is at the end is said behind it, and of what has come before once.
      room[flagsAt] = flags & (at + count === end ? 0xff : ~(TcpFlag.fin | TcpFlag.psh)) & (number === 0 ? 0xff : ~TcpFlag.cwr);
      this.#finish(layout, number, payload + toRoom + count);
      this.#send(room.subarray(roomBytes, payload + toRoom + count));
    }
  }

  /** A segment's lengths and sums. */
  #finish({ isFour, ip: wholeIp, tcp: wholeTcp }: Layout, number: number, end: number): void {
    const [room, view, sums] = [this.#room, this.#view, this.#sums];
    const [ip, tcp] = [wholeIp + roomBytes - headerBytes, wholeTcp + roomBytes - headerBytes];
    const addresses = ip + (isFour ? Ip4.addresses : Ip6.addresses);
    if (isFour) {
      view.setUint16(ip + Ip4.lengthAt, end - ip);
      view.setUint16(ip + Ip4.id, view.getUint16(wholeIp + Ip4.id) + number);
      view.setUint16(ip + Ip4.sum, 0);
      put(room, ip + Ip4.sum, sums.of(ip, tcp));
    } else view.setUint16(ip + Ip6.lengthAt, end - ip - Ip6.bytes);
    view.setUint16(tcp + Tcp.sum, 0);
    const apart = sums.of(addresses, addresses + (isFour ? 8 : 32)) + turned(tcpNumber) + turned(end - tcp);
    put(room, tcp + Tcp.sum, sums.of(tcp, end) + apart);
  }
}
