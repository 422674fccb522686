/** Lays an OCI layout that comes as a tar out in a directory, so that it can be read in any order. */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { layoutFile } from '../../oci/document/index.ts';
import { Damage } from '../../oci/index.ts';
import { type TarEntry, TarReader } from '../../oci/tar/index.ts';
import type { Space } from '../unpack/space.ts';

/** The only names that are written; their letters leave no way out of the directory. */
const kept = /^(?:oci-layout|index\.json|blobs\/sha256\/[0-9a-f]{64})$/;
const filesMost = 10_000;

/** `directory` is made. Links, other names and Docker's own documents are passed over; blobs are verified when they are used. */
export const layOut = async (tar: AsyncIterable<Uint8Array>, directory: string, space: Space): Promise<void> => {
  mkdirSync(`${directory}/blobs/sha256`, { recursive: true, mode: 0o700 });
  const files = new Files(directory, space);
  const reader = new TarReader({
    entry: (entry) => files.begin(entry),
    content: (piece) => files.write(piece),
    end: () => files.close(),
  });
  try {
    for await (const piece of tar) reader.write(piece);
    if (!reader.end().complete) throw new Damage('it is cut off: its end mark is missing');
    if (!files.has(layoutFile)) throw new Damage(`it begins like an OCI layout, and has no ${layoutFile}`);
  } finally {
    files.close();
  }
};

class Files {
  readonly #directory: string;
  readonly #space: Space;
  readonly #names = new Set<string>();
  #file: number | undefined;

  constructor(directory: string, space: Space) {
    this.#directory = directory;
    this.#space = space;
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  begin({ kind, name, size }: TarEntry): void {
    const plain = name.replace(/^(?:\.?\/)+/, '');
    if (kind !== 'file' || !kept.test(plain)) return;
    if (this.#names.add(plain).size > filesMost) throw new Damage(`it has more than ${filesMost} files`);
    this.#space.file(size);
    this.#file = openSync(`${this.#directory}/${plain}`, 'w', 0o600);
  }

  write(piece: Uint8Array): void {
    if (this.#file === undefined) return;
    this.#space.spend(piece.length);
    for (let at = 0; at < piece.length; ) at += writeSync(this.#file, piece, at);
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}
