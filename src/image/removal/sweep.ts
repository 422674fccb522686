/** Finds, and on request removes, what killed processes left. Downloads that the next pull goes on with are none of that. */
import { existsSync } from 'node:fs';
import type { Shop } from '../catalog/shop.ts';
import { removeTrees } from '../catalog/staging.ts';
import { forgotten, leftOvers } from './left-over.ts';
import { discard } from './removal.ts';

export const sweep = async (shop: Shop, repair: boolean): Promise<readonly string[]> => {
  if (!existsSync(shop.place.directory)) return [];
  const strays = leftOvers(shop, { downloads: false });
  const parts = forgotten(shop);
  const told = [
    ...strays.map(({ path, what }) => `${path} (${what})`),
    ...parts.map((part) => `${shop.place.directory}: ${part} (no image needs it)`),
  ];
  if (repair) {
    await removeTrees(strays.map(({ path }) => path));
    await discard(shop, parts);
    shop.catalog.forgetDead();
  }
  return told;
};
