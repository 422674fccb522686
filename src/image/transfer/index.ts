import type { Call, Digest, ExportTarget, ImageView, ImportSource } from '../../environment/index.ts';
import type { Shop } from '../shop.ts';
export const importImage = async (_shop: Shop, source: ImportSource, _call: Call): Promise<ImageView> => {
  throw new Error(`importing ${source.path}: this part is being written`);
};
export const exportImage = async (_shop: Shop, _digest: Digest, target: ExportTarget, _call: Call): Promise<{ readonly bytes: number }> => {
  throw new Error(`exporting ${target.path}: this part is being written`);
};
