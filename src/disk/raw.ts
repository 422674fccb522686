/** A disk whose bytes are the file's. */
import { Failing } from './damage.ts';
import type { Sure } from './file.ts';
import { looksOtherwise } from './format.ts';
import { type ImageDisk, type Source, went } from './image.ts';

export class RawDisk implements ImageDisk, Source {
  readonly sizeBytes: number;
  readonly isReadOnly: boolean;
  readonly lingers = false;
  readonly #file: Sure;
  /** Nobody said that it is raw. A guest that makes it look like another format could have that one's backing file read the next time. */
  readonly #isGuessed: boolean;

  constructor(file: Sure, { isReadOnly, isGuessed }: { readonly isReadOnly: boolean; readonly isGuessed: boolean }) {
    this.sizeBytes = file.sizeBytes;
    this.isReadOnly = isReadOnly;
    this.#file = file;
    this.#isGuessed = isGuessed;
  }

  read(at: number, into: Uint8Array): boolean {
    return went(() => this.readInto(at, into));
  }

  readInto(at: number, into: Uint8Array): void {
    this.#file.read(at, into);
  }

  write(at: number, from: Uint8Array): boolean {
    return went(() => {
      if (this.isReadOnly) throw new Failing('it is only read');
      if (this.#isGuessed && looksOtherwise(at, from, this.sizeBytes)) throw new Failing('it would look like another format');
      this.#file.write(at, from);
    });
  }

  flush(): boolean {
    return this.isReadOnly || went(() => this.#file.barrier());
  }

  discard(at: number, bytes: number): boolean {
    return went(() => {
      if (this.isReadOnly) throw new Failing('it is only read');
      this.#file.punch(at, bytes);
    });
  }

  close(): boolean {
    return this.flush();
  }
}
