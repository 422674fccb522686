/**
 * Makes one packet of segments of TCP that follow one another, as network cards do that receive for systems (RSC, LRO): each packet costs a guest the same
 * whatever it carries. Only what a driver's own segmentation would have cut so is put together, and its sums are looked at before.
 */
import { At, Ether, EtherType, Flag, Gso, headerBytes, Ip4, Ip6, mostFrameBytes, Tcp, TcpFlag, tcpNumber } from './header.ts';
import { folded, Sums, sumOf, turned } from './sums.ts';

/** Frames that wait, in their order. */
export interface Frames {
  at(index: number): Uint8Array | undefined;
}

export interface May {
  /** Whether the guest needn't look at sums. */
  readonly sums: boolean;
  /** Whether it takes more than one segment of TCP over IP of version 4, and 6. */
  readonly four: boolean;
  readonly six: boolean;
}

/** Of a packet, with the longest header it has. */
const mostBytes = 65_535;

export class Merging {
  readonly #room = new Uint8Array(headerBytes + mostFrameBytes + 1);
  readonly #view = new DataView(this.#room.buffer);
  readonly #sums = new Sums(this.#room);
  #end = 0;
  /** Of the first one: where TCP's header and payload begin in a frame, and the sum of the addresses. */
  #isFour = false;
  #tcp = 0;
  #payload = 0;
  #addresses = 0;
  /** What the next one has to have. */
  #sequence = 0;

  /** The frame behind its header, whose number of buffers isn't said yet. */
  get packet(): Uint8Array {
    return this.#room.subarray(0, this.#end);
  }

  /** Puts the first one into the packet, and of those behind it as many as go on from it. Returns how many there are in it. */
  merge(frames: Frames, { sums, four, six }: May): number {
    const first = frames.at(0);
    if (first === undefined) return 0;
    this.#room.fill(0, 0, headerBytes);
    this.#room.set(first, headerBytes);
    this.#end = headerBytes + first.length;
    if (!sums || !this.#begin(first)) return 1;
    const each = first.length - this.#payload;
    let count = 1;
    if (this.#isFour ? four : six)
      for (let isLast = this.#ends(first, each, each); !isLast; count++) {
        const next = frames.at(count);
        if (next === undefined || !this.#append(next, each)) break;
        isLast = this.#ends(next, next.length - this.#payload, each);
      }
    if (count === 1) this.#room[At.flags] = Flag.sumIsRight;
    else this.#tell(each);
    return count;
  }

  /** Whether it is a segment of nothing but payload, and is right. */
  #begin(frame: Uint8Array): boolean {
    const view = this.#view;
    if (frame.length < Ether.bytes + Ip4.bytes + Tcp.bytes) return false;
    const ip = headerBytes + Ether.bytes;
    const type = view.getUint16(headerBytes + Ether.type);
    this.#isFour = type === EtherType.ip4;
    if (this.#isFour) {
      // No options, no fragment.
      if (view.getUint8(ip) !== 0x45 || view.getUint8(ip + Ip4.protocol) !== tcpNumber) return false;
      if ((view.getUint16(ip + Ip4.fragment) & 0x3fff) !== 0) return false;
    } else if (type !== EtherType.ip6 || view.getUint8(ip) >> 4 !== 6 || view.getUint8(ip + Ip6.next) !== tcpNumber) return false;
    this.#tcp = Ether.bytes + (this.#isFour ? Ip4.bytes : Ip6.bytes);
    if (frame.length < this.#tcp + Tcp.bytes || !this.#isWhole(frame)) return false;
    this.#payload = this.#tcp + ((frame[this.#tcp + Tcp.offset] ?? 0) >> 4) * 4;
    if (this.#payload < this.#tcp + Tcp.bytes || this.#payload >= frame.length || !isPlain(frame[this.#tcp + Tcp.flags])) return false;
    this.#addresses = this.#isFour ? sumOf(frame, 26, 34) : sumOf(frame, 22, 54);
    this.#sequence = view.getUint32(headerBytes + this.#tcp + Tcp.sequence);
    return this.#isRight(frame, headerBytes + this.#payload);
  }

  /** One that goes on where the packet ends, and has the same headers but for that. */
  #append(frame: Uint8Array, each: number): boolean {
    const bytes = frame.length - this.#payload;
    const wanted = this.#sequence + (this.#end - headerBytes - this.#payload);
    if (bytes <= 0 || bytes > each || this.#end + bytes - headerBytes - Ether.bytes > mostBytes) return false;
    if (!this.#isAlike(frame) || !this.#isWhole(frame) || sequenceOf(frame, this.#tcp) !== wanted >>> 0) return false;
    this.#room.set(frame.subarray(this.#payload), this.#end);
    if (!this.#isRight(frame, this.#end)) return false;
    this.#end += bytes;
    return true;
  }

  /** Whether it is as long as IP says, without what Ethernet fills up with. */
  #isWhole(frame: Uint8Array): boolean {
    const at = Ether.bytes + (this.#isFour ? Ip4.lengthAt : Ip6.lengthAt);
    const length = ((frame[at] ?? 0) << 8) | (frame[at + 1] ?? 0);
    return frame.length === Ether.bytes + length + (this.#isFour ? 0 : Ip6.bytes);
  }

  /** All that doesn't differ from segment to segment. */
  #isAlike(frame: Uint8Array): boolean {
    const [tcp, isFour] = [this.#tcp, this.#isFour];
    return (
      isPlain(frame[tcp + Tcp.flags]) &&
      this.#isSame(frame, 0, Ether.bytes + (isFour ? Ip4.lengthAt : Ip6.lengthAt)) &&
      (isFour ? this.#isSame(frame, 20, 24) && this.#isSame(frame, 26, tcp + Tcp.sequence) : this.#isSame(frame, 20, tcp + Tcp.sequence)) &&
      this.#isSame(frame, tcp + Tcp.acknowledged, tcp + Tcp.flags) &&
      this.#isSame(frame, tcp + Tcp.window, tcp + Tcp.sum) &&
      this.#isSame(frame, tcp + Tcp.urgent, this.#payload)
    );
  }

  #isSame(frame: Uint8Array, from: number, end: number): boolean {
    for (let at = from; at < end; at++) if (frame[at] !== this.#room[headerBytes + at]) return false;
    return true;
  }

  /** Its sums; its payload is in the packet there. */
  #isRight(frame: Uint8Array, payloadAt: number): boolean {
    if (this.#isFour && sumOf(frame, Ether.bytes, Ether.bytes + Ip4.bytes) !== 0xffff) return false;
    const bytes = frame.length - this.#tcp;
    const header = sumOf(frame, this.#tcp, this.#payload);
    const payload = this.#sums.of(payloadAt, payloadAt + frame.length - this.#payload);
    return folded(this.#addresses + turned(tcpNumber) + turned(bytes) + header + payload) === 0xffff;
  }

  /** Nothing goes on from one that is shorter, or is to be passed on at once. Of the latter the packet says so, too. */
  #ends(frame: Uint8Array, bytes: number, each: number): boolean {
    const flags = frame[this.#tcp + Tcp.flags] ?? 0;
    const at = headerBytes + this.#tcp + Tcp.flags;
    this.#room[at] = (this.#room[at] ?? 0) | flags;
    return bytes < each || (flags & TcpFlag.psh) !== 0;
  }

  /** 5.1.6.4.1: what was put together has the sum of what isn't in the frame in place of its own. */
  #tell(each: number): void {
    const view = this.#view;
    const [ip, tcp] = [headerBytes + Ether.bytes, headerBytes + this.#tcp];
    view.setUint8(At.flags, Flag.needsSum);
    view.setUint8(At.gsoType, this.#isFour ? Gso.tcp4 : Gso.tcp6);
    view.setUint16(At.headerBytes, this.#payload, true);
    view.setUint16(At.gsoBytes, each, true);
    view.setUint16(At.sumStart, this.#tcp, true);
    view.setUint16(At.sumOffset, Tcp.sum, true);
    if (this.#isFour) {
      view.setUint16(ip + Ip4.lengthAt, this.#end - ip);
      view.setUint16(ip + Ip4.sum, 0, true);
      view.setUint16(ip + Ip4.sum, ~this.#sums.of(ip, ip + Ip4.bytes) & 0xffff, true);
    } else view.setUint16(ip + Ip6.lengthAt, this.#end - ip - Ip6.bytes);
    view.setUint16(tcp + Tcp.sum, folded(this.#addresses + turned(tcpNumber) + turned(this.#end - tcp)), true);
  }
}

const isPlain = (flags: number | undefined): boolean => flags === TcpFlag.ack || flags === (TcpFlag.ack | TcpFlag.psh);

const sequenceOf = (frame: Uint8Array, tcp: number): number =>
  (((frame[tcp + 4] ?? 0) << 24) | ((frame[tcp + 5] ?? 0) << 16) | ((frame[tcp + 6] ?? 0) << 8) | (frame[tcp + 7] ?? 0)) >>> 0;
