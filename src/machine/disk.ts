/** What keeps bytes for a guest: disks, and drives whose medium can be taken out. */

/**
 * Bytes that stay. Calls are synchronous; `false` is a medium error. Who keeps the bytes elsewhere (a browser, a network)
 * pauses the machine, fetches them, and goes on, so no device ever waits.
 * `at` and the length are multiples of 512, and end within the size: a device checks what its guest asks for.
 */
export interface Disk {
  readonly sizeBytes: number;
  readonly isReadOnly: boolean;
  read(at: number, into: Uint8Array): boolean;
  write(at: number, from: Uint8Array): boolean;
  /** What was written lasts when this is through. */
  flush(): boolean;
  /** What is there isn't wanted any more: it reads as before, or as zeros. Of those that can make use of it. */
  discard?(at: number, bytes: number): boolean;
}

/** The unit of all disks but CDs. */
export const sectorBytes = 512;

/** A drive with a removable medium. Its owner changes the medium, and so does the guest where its controller can. */
export class Drive {
  #disk: Disk | undefined;
  #told: () => void = () => {};

  constructor(disk?: Disk) {
    this.#disk = disk;
  }

  get disk(): Disk | undefined {
    return this.#disk;
  }

  /** Its controller is told of each change, and keeps in its state what its guest hasn't noticed yet. */
  set changed(told: () => void) {
    this.#told = told;
  }

  /** Instead of the medium that is in it. */
  insert(disk: Disk): void {
    this.#disk = disk;
    this.#told();
  }

  /** What was in it. */
  eject(): Disk | undefined {
    const disk = this.#disk;
    this.#disk = undefined;
    if (disk !== undefined) this.#told();
    return disk;
  }
}
