/** Room on a disk that a file keeps for the day it is full, so that what must be written then can be. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';

/** Some sixty pages of a database's log and its index: enough to write down that an environment is deleted. */
const bytes = 256 * 1024;

export class Reserve {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Keeps it from now on, where there is room to spare. */
  keep(): void {
    if (existsSync(this.#path)) return;
    try {
      writeFileSync(this.#path, new Uint8Array(bytes), { mode: 0o600 });
    } catch {
      // Without room, or without permission to write, there is nothing to keep.
      rmSync(this.#path, { force: true });
    }
  }

  /** Gives it back; true if there was any. */
  release(): boolean {
    if (!existsSync(this.#path)) return false;
    rmSync(this.#path, { force: true });
    return true;
  }
}
