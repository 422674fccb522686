/** Segments of TCP as hosts put them on a cable, and what is wrong with them: RFC 791, 8200, 9293. Sums are computed as RFC 1071 says it first. */

export interface SegmentPlan {
  readonly version?: 4 | 6;
  readonly sequence: number;
  readonly payload: Uint8Array;
  readonly flags?: number;
  readonly acknowledged?: number;
  /** Of TCP: a multiple of four bytes. */
  readonly options?: readonly number[];
  readonly identification?: number;
}

const [ether, tcpBytes] = [14, 20];
const addresses = { 4: [10, 0, 2, 2, 10, 0, 2, 15], 6: Array.from({ length: 32 }, (_, index) => index * 5) } as const;

export const tcpFrame = (plan: SegmentPlan): Uint8Array => {
  const { version = 4, sequence, payload, flags = 0x10, acknowledged = 77, options = [], identification = 5 } = plan;
  const ipBytes = version === 4 ? 20 : 40;
  const [tcp, data] = [ether + ipBytes, ether + ipBytes + tcpBytes + options.length];
  const frame = new Uint8Array(data + payload.length);
  const view = new DataView(frame.buffer);
  frame.set([2, 0, 0, 0, 0, 0x17, 2, 0, 0, 0, 0, 1]);
  view.setUint16(12, version === 4 ? 0x0800 : 0x86dd);
  if (version === 4) {
    frame.set([0x45, 0], ether);
    view.setUint16(ether + 2, frame.length - ether);
    view.setUint16(ether + 4, identification);
    frame.set([0x40, 0, 64, 6], ether + 6);
    frame.set(addresses[4], ether + 12);
    view.setUint16(ether + 10, sum(frame.subarray(ether, tcp)) ^ 0xffff);
  } else {
    frame.set([0x60, 0, 0, 0], ether);
    view.setUint16(ether + 4, frame.length - tcp);
    frame.set([6, 64, ...addresses[6]], ether + 6);
  }
  frame.set([0x1f, 0x51, 0xc8, 0x20], tcp);
  view.setUint32(tcp + 4, sequence);
  view.setUint32(tcp + 8, acknowledged);
  frame.set([(data - tcp) << 2, flags, 0x10, 0x04], tcp + 12);
  frame.set(options, tcp + tcpBytes);
  frame.set(payload, data);
  view.setUint16(tcp + 16, tcpSum(frame) ^ 0xffff);
  return frame;
};

/** Of all of TCP and what stands for IP's header: 0xffff where it is right. */
export const tcpSum = (frame: Uint8Array): number => {
  const isFour = frame[12] === 0x08;
  const tcp = ether + (isFour ? 20 : 40);
  const bytes = frame.length - tcp;
  return sum(Uint8Array.from([...frame.subarray(ether + (isFour ? 12 : 8), tcp), 0, 6, bytes >> 8, bytes & 0xff, ...frame.subarray(tcp)]));
};

/** Of words, the higher byte first; one more byte has a zero behind it. */
export const sum = (bytes: Uint8Array): number => {
  let all = 0;
  for (const [index, byte] of bytes.entries()) all += index % 2 === 0 ? byte << 8 : byte;
  while (all > 0xffff) all = (all & 0xffff) + Math.floor(all / 0x1_0000);
  return all;
};
