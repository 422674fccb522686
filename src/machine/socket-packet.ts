/** What goes between a guest and its host by a virtio socket, each at a port of its own: VIRTIO 1.3, 5.10.6. */
export const SocketOp = { request: 1, response: 2, reset: 3, shutdown: 4, data: 5, credit: 6, askCredit: 7 } as const;

/** Of a shutdown: it receives no more, it sends no more. */
export const SocketEnd = { receiving: 0x1, sending: 0x2, both: 0x3 } as const;

export interface SocketPacket {
  /** Ports of who sends and of who receives. */
  readonly from: number;
  readonly to: number;
  /** One of `SocketOp`, or what nobody knows. */
  readonly op: number;
  readonly flags: number;
  /** For how many bytes its sender has room in all, and how many it has taken out of there since the beginning, modulo 2³². */
  readonly room: number;
  readonly taken: number;
  /** Of data; whoever is given them has them until he returns. */
  readonly bytes: Uint8Array;
}

/** Who is at the other end. */
export interface SocketPeer {
  sent(packet: SocketPacket): void;
  /** The guest has room for more. */
  onRoom(): void;
}
