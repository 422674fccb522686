/** Keeps the store readable as an OCI image layout: `skopeo inspect oci:/var/lib/isola/images:busybox`. */
import { existsSync } from 'node:fs';
import { writeWhole } from '../../host/index.ts';
import { indexFile, layoutFile, layoutText, makeIndex } from '../../oci/document/index.ts';
import type { Shop } from './shop.ts';

/** Writes what the rows say. Within the transaction that changes them, so that no older text replaces a newer one. */
export const writeIndex = ({ place, catalog }: Shop): void => {
  const layout = `${place.directory}/${layoutFile}`;
  if (!existsSync(layout)) writeWhole(layout, layoutText);
  writeWhole(`${place.directory}/${indexFile}`, makeIndex(catalog.index()));
};
