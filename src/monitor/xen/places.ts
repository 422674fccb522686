/** Memory that a board has for Xen, beside what its guest has. */
import { pageBytes } from './numbers.ts';

/** Where pages of Xen's own are, which no survey of memory tells of, as its tools have them: the first two are the console's and the store's. */
export const ownPages = { at: 0xfeff_8000, bytes: 8 * pageBytes } as const;

/** Pages that lie where a guest has none: for the shared page, and all frames of grants, as Linux has them that begins by PVH. */
export const spareCount = 65;
