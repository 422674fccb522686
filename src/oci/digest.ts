import type { Digest } from '../environment/index.ts';
import { Damage, Unsupported } from './damage.ts';

const sha256 = /^sha256:[0-9a-f]{64}$/;

export const isDigest = (text: string): text is Digest => sha256.test(text);

/** A digest out of a foreign document: OCI image-spec v1.1, descriptor.md, "Digests". */
export const parseDigest = (text: string, where: string): Digest => {
  if (isDigest(text)) return text;
  if (/^sha512:[0-9a-f]{128}$/.test(text))
    throw new Unsupported(`${where} is named by a sha512 digest`, 'choose an image whose digests are sha256, as nearly all are');
  throw new Damage(`${where} is named by "${text.slice(0, 80)}", which is no sha256 digest`);
};

/** The hexadecimal part, which names files. */
export const hexOf = (digest: Digest): string => digest.slice('sha256:'.length);

/** Given by whoever can hash: oci itself knows no algorithm. */
export type Sha256 = (content: string | Uint8Array) => Digest;

/** The name of a stack of layers, from their uncompressed digests: image-spec v1.1, config.md, "Layer ChainID". */
export const chainId = (diffIds: readonly Digest[], hash: Sha256): Digest => {
  const [bottom, ...above] = diffIds;
  if (bottom === undefined) return hash('');
  return above.reduce<Digest>((below, diffId) => hash(`${below} ${diffId}`), bottom);
};
