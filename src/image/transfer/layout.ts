/** Reads an image out of an OCI layout in a directory. */
import { createReadStream, createWriteStream, readFileSync, statSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { type Digest, Refusal } from '../../environment/index.ts';
import { isMissing } from '../../host/index.ts';
import {
  blobPath,
  checkLayout,
  type Descriptor,
  documentMost,
  type Index,
  indexFile,
  indexTypes,
  layoutFile,
  manifestTypes,
  type Platform,
  parseIndex,
  parseManifest,
  refName,
} from '../../oci/document/index.ts';
import { Damage, hexOf } from '../../oci/index.ts';
import type { FoundManifest } from '../intake/assembly.ts';
import { Meter, sha256, utf8, watching } from '../intake/bytes.ts';
import type { Intake } from '../intake/intake.ts';
import { chooseManifest, indexesMost } from '../intake/manifest-choice.ts';
import { Space } from '../unpack/space.ts';

export class Layout {
  readonly #directory: string;
  /** As the user wrote it. */
  readonly #asked: string;

  constructor(directory: string, asked: string) {
    this.#directory = directory;
    this.#asked = asked;
  }

  /** The image for a platform; `name` tells which of several is meant. Throws Damage, Unsupported or a Refusal. */
  find(wanted: Platform, name: string): FoundManifest {
    checkLayout(this.#text(layoutFile));
    let descriptor = this.#named(parseIndex(this.#text(indexFile)), wanted, name);
    for (let depth = 0; ; depth++) {
      if (depth > indexesMost) throw new Damage(`its index leads to another, ${indexesMost} times`);
      const bytes = this.#document(descriptor.digest);
      const document = parseManifest(utf8(bytes, 'its manifest'), descriptor.mediaType);
      if (document.kind === 'manifest') return { digest: descriptor.digest, mediaType: descriptor.mediaType, bytes, manifest: document };
      descriptor = chooseManifest(document, wanted, this.#asked);
    }
  }

  /** Copies a blob into the store. */
  async bring(
    intake: Intake,
    { digest, size }: Descriptor,
    kind: string,
    signal: AbortSignal,
    arrived: (bytes: number) => void,
  ): Promise<void> {
    if (intake.hasBlob(digest)) return arrived(size);
    const [from, to] = [
      `${this.#directory}/${blobPath(digest)}`,
      intake.staging.path(`blob-${hexOf(digest)}-${kind.replaceAll(' ', '-')}`),
    ];
    const found = statSync(from, { throwIfNoEntry: false });
    if (found === undefined) throw new Damage(`it has no blob ${digest}, which its manifest names`);
    if (found.size !== size) throw new Damage(`${kind} has ${found.size} bytes, and its manifest says ${size}`);
    const [meter, space] = [new Meter(), new Space(this.#asked, intake.shop.place.directory)];
    const see = watching((piece) => {
      space.spend(piece.length);
      meter.see(piece);
      arrived(piece.length);
    });
    await pipeline(createReadStream(from, { highWaterMark: 256 << 10 }), see, createWriteStream(to, { mode: 0o600 }), { signal });
    const got = meter.digest();
    if (got !== digest) throw new Refusal('digest-differs', [`${kind} of ${this.#asked}`, digest, got]);
    intake.putBlob(digest, to);
  }

  /** One image, or the one for this platform, or the one whose name fits. */
  #named({ manifests }: Index, wanted: Platform, name: string): Descriptor {
    const images = manifests.filter(({ mediaType }) => [...manifestTypes, ...indexTypes].includes(mediaType));
    const [first] = images;
    if (first === undefined) throw new Damage('its index names no image');
    if (images.every(({ digest }) => digest === first.digest)) return first;
    const nameOf = ({ annotations }: Descriptor): string => annotations?.[refName] ?? '';
    const fitting = images.filter((image) => nameOf(image) !== '' && (nameOf(image) === name || name.endsWith(`:${nameOf(image)}`)));
    if (fitting[0] !== undefined && fitting.every(({ digest }) => digest === fitting[0]?.digest)) return fitting[0];
    if (images.every(({ platform }) => platform !== undefined) && new Set(images.map(nameOf)).size === 1)
      return chooseManifest({ kind: 'index', manifests: images }, wanted, this.#asked);
    const names = images.map((image) => nameOf(image) || image.digest.slice(0, 19)).join(', ');
    throw new Refusal('image-unsupported', [
      this.#asked,
      `it holds several images: ${names.slice(0, 300)}`,
      'import it under the name of the one you mean, or take that one out: skopeo copy oci:PATH:NAME oci:NEWPATH',
    ]);
  }

  #document(digest: Digest): Uint8Array {
    const bytes = this.#bytes(blobPath(digest));
    const got = sha256(bytes);
    if (got !== digest) throw new Refusal('digest-differs', [`the manifest of ${this.#asked}`, digest, got]);
    return bytes;
  }

  #text(name: string): string {
    return utf8(this.#bytes(name), name);
  }

  #bytes(name: string): Uint8Array {
    const path = `${this.#directory}/${name}`;
    try {
      if (statSync(path).size > documentMost) throw new Damage(`${name} is longer than ${documentMost} bytes`);
      return readFileSync(path);
    } catch (error) {
      throw isMissing(error) ? new Damage(`it has no ${name}`) : error;
    }
  }
}
