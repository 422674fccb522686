/** How a user writes an image, and which one that is. */
import { type ImageView, Refusal } from '../../environment/index.ts';
import { formatReference, isDigest, parseReference, scheme } from '../../oci/index.ts';
import type { Catalog } from './catalog.ts';

/** What isola makes by itself, on demand. */
export const recipes = ['debian/13', 'debian/12', 'debian/11', 'busybox'] as const;
export type Recipe = (typeof recipes)[number];

export const asRecipe = (reference: string): Recipe | undefined => recipes.find((recipe) => recipe === reference);

/** `oci:` references have one spelling under which they are kept; all else is its own name. Throws `malformed-image`. */
export const canonicalName = (reference: string): string =>
  reference.startsWith(scheme) ? formatReference(parseReference(reference)) : reference;

const nameForm = /^[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?$/;

/** A name a user chose. Throws `malformed-image`. */
export const parseImageName = (name: string): string => {
  if (name.startsWith(scheme)) return canonicalName(name);
  if (!nameForm.test(name) || name.length > 255 || name.startsWith('sha256:'))
    throw new Refusal('malformed-image', [name, 'a name is lower-case letters and digits joined by . _ / or -, with an optional :tag']);
  return name;
};

/** The shortest beginning of a digest that is looked up. */
const prefixLeast = 4;

/** The image a name, a digest or the beginning of one means here. Throws `malformed-image` where it could mean several. */
export const findImage = (catalog: Catalog, reference: string): ImageView | undefined => {
  const named = catalog.named(canonicalName(reference));
  if (named !== undefined) return named;
  const hex = reference.startsWith('sha256:') ? reference.slice('sha256:'.length) : reference;
  if (hex.length < prefixLeast || !/^[0-9a-f]{1,64}$/.test(hex)) return undefined;
  const [found, another] = catalog.beginning(hex);
  if (found !== undefined && another !== undefined && !isDigest(reference))
    throw new Refusal('malformed-image', [
      reference,
      `the digests of ${found.digest.slice(0, 30)}… and ${another.digest.slice(0, 30)}… both begin so`,
    ]);
  return found;
};
