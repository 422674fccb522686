/** Takes images away. Rows go first, in one decision with the question who uses them; files follow where no row is left. */
import { renameSync, statSync } from 'node:fs';
import { type Digest, type ImageView, Refusal } from '../../environment/index.ts';
import { shortDigest } from '../catalog/catalog.ts';
import { writeIndex } from '../catalog/layout.ts';
import { canonicalName, findImage } from '../catalog/name.ts';
import { nearest } from '../catalog/nearest.ts';
import type { Shop } from '../catalog/shop.ts';
import { removeTrees, Staging } from '../catalog/staging.ts';
import { sizeOfTree } from '../unpack/size.ts';
import { leftOvers, unneeded } from './left-over.ts';

/** Removes a name, and the image with its last one; by digest, the image with all its names. Throws `image-in-use`. */
export const remove = async (shop: Shop, reference: string): Promise<{ readonly freedBytes: number }> => {
  const { catalog, db } = shop;
  const parts = db.transaction(
    () => {
      const found = findImage(catalog, reference);
      if (found === undefined) throw new Refusal('unknown-image', [reference, nearest(reference, catalog.names())]);
      const name = canonicalName(reference);
      if (found.names.includes(name) && found.names.length > 1) {
        catalog.unname(name);
        writeIndex(shop);
        return [];
      }
      const users = shop.usedBy().get(found.digest) ?? [];
      if (users.length > 0) throw new Refusal('image-in-use', [reference, users.join(', ')]);
      return forget(shop, [found]);
    },
    { durable: true },
  );
  return { freedBytes: await discard(shop, parts) };
};

/** Removes unnamed images, with `all` named ones too, and whatever no image and no process at work needs. */
export const prune = async (shop: Shop, all: boolean): Promise<{ readonly removed: readonly string[]; readonly freedBytes: number }> => {
  const { catalog, db, place } = shop;
  place.prepare();
  const images = db.transaction(
    () => {
      const used = shop.usedBy();
      const gone = catalog.list().filter(({ names, digest }) => (all || names.length === 0) && (used.get(digest) ?? []).length === 0);
      forget(shop, gone);
      catalog.forgetDead();
      return gone;
    },
    { durable: true },
  );
  const parts = unneeded(shop, 0);
  const strays = leftOvers(shop, { downloads: true });
  const strayBytes = strays.reduce((sum, { path }) => sum + bytesAt(path), 0);
  await removeTrees(strays.map(({ path }) => path));
  const removed = [
    ...images.map(({ names, digest }) => names[0] ?? shortDigest(digest)),
    ...strays.map(({ path, what }) => `${path} (${what})`),
  ];
  return { removed, freedBytes: strayBytes + (await discard(shop, parts)) };
};

/** Removes blobs and trees from the disk, unless an image or a living process has come to need them. Returns the bytes freed. */
export const discard = async (shop: Shop, parts: Iterable<Digest>): Promise<number> => {
  await using staging = new Staging(shop.place);
  const moved: string[] = [];
  const move = (path: string, name: string): void => {
    if (statSync(path, { throwIfNoEntry: false }) === undefined) return;
    renameSync(path, staging.path(name));
    moved.push(staging.path(name));
  };
  for (const part of new Set(parts)) {
    shop.db.transaction(() => {
      if (shop.catalog.needed(part)) return;
      move(shop.place.blob(part), `blob-${part}`);
      move(shop.place.tree(part), `tree-${part}`);
      move(shop.place.disk(part), `disk-${part}`);
      move(shop.place.mounted(part), `mounted-${part}`);
    });
  }
  return moved.reduce((sum, path) => sum + bytesAt(path), 0);
};

/** Deletes the rows of images. Returns what of the disk they were made of. Within a transaction. */
const forget = (shop: Shop, images: readonly ImageView[]): readonly Digest[] => {
  const parts = images.flatMap(({ digest }) => {
    const tree = shop.catalog.record(digest)?.tree;
    return [...shop.catalog.blobsOf(digest), ...(tree === undefined ? [] : [tree])];
  });
  for (const { digest } of images) shop.catalog.drop(digest);
  if (images.length > 0) writeIndex(shop);
  return parts;
};

const bytesAt = (path: string): number => {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 0;
  return found.isDirectory() ? sizeOfTree(path).bytes : found.size;
};
