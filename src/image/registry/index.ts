import type { Call, ImageView, PullOptions } from '../../environment/index.ts';
import type { Shop } from '../shop.ts';
export const fetchImage = async (_shop: Shop, reference: string, _options: PullOptions, _call: Call): Promise<ImageView> => {
  throw new Error(`pulling ${reference}: this part is being written`);
};
export const pull = fetchImage;
