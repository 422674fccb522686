/** Who has the files of a directory that a guest sees as a file system of its own. */

export interface FileServer {
  /**
   * A request in the format of FUSE (linux/fuse.h), whole; its bytes are the card's again when this returns. `room` is how many bytes its answer may
   * have; 0: none is waited for. The answer goes to the card later, under this number.
   */
  ask(request: Uint8Array, room: number, number: number): void;
}
