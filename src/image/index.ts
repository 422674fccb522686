export { imageSchema } from './catalog/catalog.ts';
export type { ImageStoreParts } from './catalog/shop.ts';
export { openImageStore } from './store.ts';
