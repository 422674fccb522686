/** Removals in a layer: OCI image-spec v1.1, layer.md, "Whiteouts". */
import { ociImage } from '../../abi/index.ts';
import { Damage } from '../damage.ts';

/** `name`: removes that sibling of layers below; `opaque`: removes all siblings of layers below; `ignored`: aufs bookkeeping. */
export type Whiteout = { readonly kind: 'name'; readonly name: string } | { readonly kind: 'opaque' } | { readonly kind: 'ignored' };

/** What the last part of an entry's path means as a whiteout; undefined: it is an ordinary file. */
export const whiteoutOf = (base: string): Whiteout | undefined => {
  const { prefix, opaque } = ociImage.whiteout;
  if (!base.startsWith(prefix)) return undefined;
  if (base === opaque) return { kind: 'opaque' };
  const name = base.slice(prefix.length);
  if (name.startsWith(prefix)) return { kind: 'ignored' };
  if (name === '' || name === '.' || name === '..') throw new Damage(`the whiteout ${base} names nothing that could be removed`);
  return { kind: 'name', name };
};
