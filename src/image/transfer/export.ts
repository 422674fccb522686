/** Gives images out: as OCI layouts, and as tars of their root file system. */
import { createReadStream, createWriteStream, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ociImage } from '../../abi/index.ts';
import { type Call, type Digest, type ExportTarget, Refusal } from '../../environment/index.ts';
import {
  blobPath,
  type Descriptor,
  indexFile,
  layoutFile,
  layoutText,
  makeIndex,
  makeManifest,
  parseManifest,
} from '../../oci/document/index.ts';
import { Damage } from '../../oci/index.ts';
import { type ImageRecord, shortDigest } from '../catalog/catalog.ts';
import type { Shop } from '../catalog/shop.ts';
import { nodeSignal } from '../intake/abort.ts';
import { Meter, sha256, utf8 } from '../intake/bytes.ts';
import { refusing } from '../intake/refusal.ts';
import { type PackFile, packFiles, packTree } from './pack.ts';
import { writeDirectory, writeStream } from './target.ts';

/** Progress is told this often, at most. */
const tellEveryMs = 100;

/** Nobody prunes the image meanwhile, even if its last name goes. */
export const exportImage = async (shop: Shop, digest: Digest, target: ExportTarget, call: Call): Promise<{ readonly bytes: number }> => {
  const { catalog, place } = shop;
  const image = catalog.record(digest);
  if (image === undefined) throw new Refusal('unknown-image', [digest]);
  const parts = [...catalog.blobsOf(digest), image.tree];
  for (const part of parts) catalog.hold(part);
  try {
    if (catalog.record(digest) === undefined) throw new Refusal('unknown-image', [digest]);
    return await refusing(`the image ${shortDigest(digest)}`, place.directory, () => write(shop, image, target, call));
  } finally {
    catalog.release(parts);
  }
};

const write = async (shop: Shop, image: ImageRecord, { form, path }: ExportTarget, call: Call): Promise<{ readonly bytes: number }> => {
  const signal = nodeSignal(call.signal);
  const count = new Count(call);
  if (form === 'oci-dir') await writeDirectory(path, (directory) => fillDirectory(directory, layoutFiles(shop, image), count, signal));
  else {
    const tar = form === 'oci' ? packFiles(layoutFiles(shop, image)) : packTree(shop.place.tree(image.tree));
    await writeStream(path, count.through(tar), signal);
  }
  return { bytes: count.bytes };
};

/** All files of a layout that has this one image, under its first name. */
const layoutFiles = (shop: Shop, { digest, mediaType }: ImageRecord): readonly PackFile[] => {
  const { catalog, place } = shop;
  const names = (catalog.view(digest)?.names ?? []).slice(0, 1).map((name) => name.replace(/^oci:/, ''));
  const own = utf8(readFileSync(place.blob(digest)), 'the manifest');
  if (sha256(own) !== digest) throw new Damage(`${digest} in the store is not what its name says`);
  const text = mediaType === ociImage.mediaTypes.manifest ? own : asOci(own, mediaType);
  const written = sha256(text);
  return [
    textFile(layoutFile, layoutText),
    textFile(indexFile, makeIndex([{ digest: written, mediaType: ociImage.mediaTypes.manifest, size: Buffer.byteLength(text), names }])),
    textFile(blobPath(written), text),
    ...catalog.blobsOf(digest).flatMap((blob) => (blob === digest ? [] : [blobFile(blob, place.blob(blob))])),
  ];
};

/** A layout holds OCI's documents only; Docker's manifest says the same of the same blobs. The image's digest becomes another. */
const asOci = (text: string, mediaType: string): string => {
  const manifest = parseManifest(text, mediaType);
  if (manifest.kind !== 'manifest') throw new Error('an index was kept as an image');
  return makeManifest({ digest: manifest.config.digest, size: manifest.config.size }, manifest.layers.map(asOciLayer));
};

const asOciLayer = ({ mediaType, digest, size }: Descriptor): ociImage.Descriptor => {
  const { layer, layerGzip, layerZstd } = ociImage.mediaTypes;
  const type = mediaType.endsWith('gzip') ? layerGzip : mediaType.endsWith('zstd') ? layerZstd : layer;
  return { mediaType: type, digest, size };
};

const textFile = (name: string, text: string): PackFile => ({
  name,
  size: Buffer.byteLength(text),
  async *content() {
    yield Buffer.from(text);
  },
});

/** Its reader gets all bytes, or an error at their end if they are not what the digest says. */
const blobFile = (digest: Digest, path: string): PackFile => ({
  name: blobPath(digest),
  size: statSync(path).size,
  async *content() {
    const meter = new Meter();
    for await (const piece of createReadStream(path, { highWaterMark: 256 << 10 })) {
      meter.see(piece);
      yield piece;
    }
    const got = meter.digest();
    if (got !== digest) throw new Damage(`${digest} in the store is ${got}`);
  },
});

const fillDirectory = async (directory: string, files: readonly PackFile[], count: Count, signal: AbortSignal): Promise<void> => {
  for (const { name, content } of files) {
    mkdirSync(dirname(`${directory}/${name}`), { recursive: true });
    await pipeline(count.through(content()), createWriteStream(`${directory}/${name}`), { signal });
  }
};

/** Counts what is written, and tells of it. */
class Count {
  readonly #call: Call;
  bytes = 0;
  #toldMs = 0;

  constructor(call: Call) {
    this.#call = call;
  }

  async *through(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of source) {
      yield piece;
      this.bytes += piece.length;
      if (performance.now() - this.#toldMs < tellEveryMs) continue;
      this.#toldMs = performance.now();
      this.#call.progress({ stage: 'writing', done: this.bytes, unit: 'bytes' });
    }
  }
}
