/** Makes a tree from layers in the store, checking once more that they are what their digests say. */
import { closeSync, createReadStream, mkdirSync, openSync, readSync, unlinkSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { type Digest, Refusal } from '../../environment/index.ts';
import { Unsupported } from '../../oci/index.ts';
import { Layers, Space } from '../unpack/index.ts';
import { asDamage, compressionOf, Meter, magicBytes, unpacker, watching } from './bytes.ts';
import type { Intake } from './intake.ts';

export interface Layer {
  /** Of the blob. */
  readonly digest: Digest;
  /** Of the plain tar. */
  readonly diffId: Digest;
  /** Settles when the blob is in the store. */
  readonly here: Promise<void>;
}

export interface TreeOrder {
  /** The image, for messages. */
  readonly name: string;
  /** Chain id. */
  readonly tree: Digest;
  readonly layers: readonly Layer[];
  readonly signal: AbortSignal;
  /** Told of packed bytes as they are unpacked. */
  unpacked(bytes: number): void;
}

/** Unpacks each layer as soon as it and those below are here. Returns a sentence about what the host did not take. */
export const makeTree = async (intake: Intake, { name, tree, layers, signal, unpacked }: TreeOrder): Promise<string | undefined> => {
  if (intake.hasTree(tree)) {
    for (const { here } of layers) await here;
    return undefined;
  }
  const root = intake.staging.path('tree');
  mkdirSync(root, { mode: 0o700 });
  const unpacking = new Layers(root, new Space(name, intake.shop.place.directory));
  try {
    for (const layer of layers) {
      await layer.here;
      await unpackLayer(intake, name, layer, unpacking, { signal, unpacked });
    }
    const lost = unpacking.finish();
    intake.putTree(tree, root);
    return lost;
  } finally {
    unpacking.abandon();
  }
};

const unpackLayer = async (
  { shop }: Intake,
  name: string,
  { digest, diffId }: Layer,
  unpacking: Layers,
  { signal, unpacked }: Pick<TreeOrder, 'signal' | 'unpacked'>,
): Promise<void> => {
  const path = shop.place.blob(digest);
  const compression = compressionOf(firstBytes(path));
  if (compression === 'xz')
    throw new Unsupported('a layer is packed with xz', 'choose an image whose layers are tar, tar+gzip or tar+zstd');
  const [packed, plain, reader] = [new Meter(), new Meter(), unpacking.next()];
  const see = watching((piece) => {
    packed.see(piece);
    unpacked(piece.length);
  });
  const unpack = unpacker(compression);
  const take = async (source: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const piece of source) {
      plain.see(piece);
      reader.write(piece);
    }
    reader.end();
  };
  const source = createReadStream(path, { highWaterMark: 256 << 10 });
  try {
    await (unpack === undefined ? pipeline(source, see, take, { signal }) : pipeline(source, see, unpack, take, { signal }));
  } catch (error) {
    signal.throwIfAborted();
    throw asDamage(error);
  }
  const spoilt = packed.digest();
  if (spoilt !== digest) {
    // The disk changed it: the next pull fetches it anew.
    unlinkSync(path);
    throw new Refusal('digest-differs', [`a layer of ${name} in the store`, digest, spoilt]);
  }
  const got = plain.digest();
  if (got !== diffId) throw new Refusal('digest-differs', [`the content of a layer of ${name}`, diffId, got]);
};

const firstBytes = (path: string): Uint8Array => {
  const first = new Uint8Array(magicBytes);
  const file = openSync(path, 'r');
  try {
    return first.subarray(0, readSync(file, first));
  } finally {
    closeSync(file);
  }
};
