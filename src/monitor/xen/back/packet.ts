/** Packets as a card leaves them to others, or is left them: sums to be made, TCP to be cut into segments or put together: VIRTIO 1.3, 5.1.6, whose header is before each. */

/** Of the header: flags, what kind of segments, bytes of a segment's payload, where the sum begins and where it is put from there. */
export const At = { flags: 0, kind: 1, segmentBytes: 4, sumStart: 6, sumOffset: 8 } as const;
export const headerBytes = 12;
export const Flag = { needsSum: 0x1, sumIsRight: 0x2 } as const;
export const Kind = { none: 0, four: 1, six: 4 } as const;
export const mostFrameBytes = 65_535 + 18;

/** Makes frames of what a guest sends. */
export interface Cutter {
  /** For the header, and the frame behind it. */
  readonly packet: Uint8Array;
  /** Sends the frame of so many bytes in `packet` as it is to be on a cable. */
  send(bytes: number): void;
}

/** Frames that wait, in their order. */
export interface Waiting {
  at(index: number): Uint8Array | undefined;
}

/** Makes a packet of frames that follow one another. */
export interface Joiner {
  /** The header, and the frame behind it. */
  readonly packet: Uint8Array;
  /** Puts the first one into the packet, and of those behind it as many as go on from it. Returns how many there are in it. */
  merge(frames: Waiting, may: { readonly sums: boolean; readonly four: boolean; readonly six: boolean }): number;
}

const Ether = { type: 12, bytes: 14, vlan: 0x8100, four: 0x0800, six: 0x86dd } as const;
/** Where TCP and UDP have their sums. */
const sums: Readonly<Record<number, number>> = { 6: 16, 17: 6 };

/** Says in the header where a sum is to be put that the guest has left out. False where it isn't TCP or UDP right behind IP. */
export const leaveSum = (packet: Uint8Array, bytes: number): boolean => {
  const word = (at: number): number => ((packet[headerBytes + at] ?? 0) << 8) | (packet[headerBytes + at + 1] ?? 0);
  const ip = word(Ether.type) === Ether.vlan ? Ether.bytes + 4 : Ether.bytes;
  const type = word(ip - 2);
  const first = packet[headerBytes + ip] ?? 0;
  const start = type === Ether.four ? ip + (first & 0xf) * 4 : type === Ether.six ? ip + 40 : bytes;
  const protocol = packet[headerBytes + ip + (type === Ether.four ? 9 : 6)] ?? 0;
  const offset = sums[protocol];
  if (offset === undefined || start + offset + 2 > bytes) return false;
  packet[At.flags] = Flag.needsSum;
  packet[At.sumStart] = start & 0xff;
  packet[At.sumStart + 1] = start >> 8;
  packet[At.sumOffset] = offset;
  packet[At.sumOffset + 1] = 0;
  return true;
};
