/** What stands before each frame in a virtqueue: VIRTIO 1.3, 5.1.6; and where TCP's header is behind it: RFC 894, 791, 8200, 9293. */

/** Flags, what kind of segments, bytes of headers, of a segment's payload, where the sum begins and where it is put from there, in how many buffers the frame is. */
export const At = { flags: 0, gsoType: 1, headerBytes: 2, gsoBytes: 4, sumStart: 6, sumOffset: 8, buffers: 10 } as const;
export const headerBytes = 12;

export const Flag = { needsSum: 0x1, sumIsRight: 0x2 } as const;
export const Gso = { none: 0, tcp4: 1, tcp6: 4, ecn: 0x80 } as const;

/** The largest packet of IP, behind Ethernet's header with a VLAN's tag. */
export const mostFrameBytes = 65_535 + 18;

export const Ether = { type: 12, bytes: 14, taggedBytes: 18 } as const;
export const EtherType = { ip4: 0x0800, vlan: 0x8100, ip6: 0x86dd } as const;
export const tcpNumber = 6;
/** Of packets of version 4, and of version 6: from the first byte on. */
export const Ip4 = { lengthAt: 2, id: 4, fragment: 6, protocol: 9, sum: 10, addresses: 12, bytes: 20 } as const;
export const Ip6 = { lengthAt: 4, next: 6, addresses: 8, bytes: 40 } as const;
export const Tcp = { sequence: 4, acknowledged: 8, offset: 12, flags: 13, window: 14, sum: 16, urgent: 18, bytes: 20 } as const;
export const TcpFlag = { fin: 0x01, psh: 0x08, ack: 0x10, cwr: 0x80 } as const;
