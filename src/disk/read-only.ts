/** A disk in an image of a format that is only read here. */
import type { ImageDisk, Source } from './image.ts';
import { went } from './image.ts';

export class ReadOnlyDisk implements ImageDisk, Source {
  readonly isReadOnly = true;
  readonly lingers = false;
  readonly #source: Source;

  constructor(source: Source) {
    this.#source = source;
  }

  get sizeBytes(): number {
    return this.#source.sizeBytes;
  }

  read(at: number, into: Uint8Array): boolean {
    return went(() => this.readInto(at, into));
  }

  readInto(at: number, into: Uint8Array): void {
    this.#source.readInto(at, into);
  }

  write(): boolean {
    return false;
  }

  flush(): boolean {
    return true;
  }

  discard(): boolean {
    return false;
  }

  close(): boolean {
    return true;
  }
}
