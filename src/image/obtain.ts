/** Gets an image that is not here. */
import { type Call, type ImageView, Refusal } from '../environment/index.ts';
import { scheme } from '../oci/index.ts';
import { alone } from './catalog/alone.ts';
import { asRecipe, canonicalName, findImage, recipes } from './catalog/name.ts';
import { nearest } from './catalog/nearest.ts';
import type { Shop } from './catalog/shop.ts';

/** Builds or pulls it; whoever asks for the same image meanwhile waits and uses the result. Throws `unknown-image`. */
export const obtain = async (shop: Shop, reference: string, call: Call): Promise<ImageView> => {
  const recipe = asRecipe(reference);
  const isRemote = reference.startsWith(scheme);
  if (recipe === undefined && !isRemote)
    throw new Refusal('unknown-image', [reference, nearest(reference, [...shop.catalog.names(), ...recipes])]);
  const name = canonicalName(reference);
  return await alone(shop, name, recipe === undefined ? 'image pull' : 'image build', call, async () => {
    const found = findImage(shop.catalog, name);
    if (found !== undefined) return found;
    if (recipe !== undefined) {
      const { makeTemplate } = await import('./build/index.ts');
      return await makeTemplate(shop, { reference: recipe, name, include: [], mirror: undefined }, call);
    }
    const { fetchImage } = await import('./registry/index.ts');
    return await fetchImage(shop, name, { platform: undefined, credentials: undefined, insecure: false, name }, call);
  });
};
