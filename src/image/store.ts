/** The image store. Finding an image is all that starting an environment needs, so all else is loaded when it is used. */
import { type Digest, type ImageStore, Refusal, type Template } from '../environment/index.ts';
import { Catalog, templateOf } from './catalog/catalog.ts';
import { findImage } from './catalog/name.ts';
import { Place } from './catalog/place.ts';
import type { ImageStoreParts, Shop } from './catalog/shop.ts';

/** Opens the store; touches nothing. */
export const openImageStore = (parts: ImageStoreParts): ImageStore => {
  const shop: Shop = { ...parts, catalog: new Catalog(parts.db), place: new Place(parts.directory) };
  const template = (digest: Digest): Template => {
    const image = shop.catalog.record(digest);
    if (image === undefined) throw new Refusal('unknown-image', [digest]);
    return templateOf(image, shop.place);
  };
  const find: ImageStore['find'] = (reference) => findImage(shop.catalog, reference);
  return {
    list: () => shop.catalog.list(),
    find,
    template,
    obtain: async (reference, call) => {
      const found = find(reference) ?? (await (await import('./obtain.ts')).obtain(shop, reference, call));
      return template(found.digest);
    },
    build: async (recipe, call) => (await import('./build/index.ts')).build(shop, recipe, call),
    pull: async (reference, options, call) => (await import('./registry/index.ts')).pull(shop, reference, options, call),
    import: async (source, call) => (await import('./transfer/index.ts')).importImage(shop, source, call),
    export: async (digest, target, call) => (await import('./transfer/index.ts')).exportImage(shop, digest, target, call),
    remove: async (reference) => (await import('./removal/removal.ts')).remove(shop, reference),
    prune: async (all) => (await import('./removal/removal.ts')).prune(shop, all),
    sweep: async (repair) => (await import('./removal/sweep.ts')).sweep(shop, repair),
  };
};
