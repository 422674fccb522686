export { imageSchema } from './catalog.ts';
export type { ImageStoreParts } from './shop.ts';
export { openImageStore } from './store.ts';
