/** What a network card hangs on. */

export interface Cable {
  /** A frame from the guest, Ethernet's header first, no checksum behind it; the bytes are the card's again when this returns. What finds no room is lost, as on any cable. */
  transmit(frame: Uint8Array): void;
  /** The guest has sent all that it has for now. */
  settle?(): void;
}
