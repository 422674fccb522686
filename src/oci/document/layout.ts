/** The documents of an image layout, a directory or tar of blobs: image-spec v1.1, image-layout.md. */
import { ociImage } from '../../abi/index.ts';
import type { Digest } from '../../environment/index.ts';
import { Damage, Unsupported } from '../damage.ts';
import { hexOf } from '../digest.ts';
import { parseDocument } from './json.ts';
import { type Index, parseManifest } from './manifest.ts';

export const layoutFile = 'oci-layout';
export const indexFile = 'index.json';
/** Names a manifest in index.json: annotations.md, "Pre-Defined Annotation Keys". */
export const refName = 'org.opencontainers.image.ref.name';

export const layoutText = JSON.stringify({ imageLayoutVersion: '1.0.0' });
export const blobPath = (digest: Digest): string => `blobs/sha256/${hexOf(digest)}`;

/** Throws Unsupported for a version other than 1.0.0. */
export const checkLayout = (text: string): void => {
  const version = parseDocument(text, layoutFile)['imageLayoutVersion'];
  if (version !== '1.0.0')
    throw new Unsupported(`its layout is of version ${JSON.stringify(version) ?? 'unknown'}`, 'write it as OCI image layout 1.0.0');
};

/** Throws Damage. */
export const parseIndex = (text: string): Index => {
  const index = parseManifest(text, undefined);
  if (index.kind !== 'index') throw new Damage(`${indexFile} lists no manifests`);
  return index;
};

export interface IndexEntry {
  readonly digest: Digest;
  readonly size: number;
  readonly mediaType: string;
  readonly names: readonly string[];
}

/** The text of an index.json: one descriptor per name, and one for what has none. */
export const makeIndex = (entries: readonly IndexEntry[]): string => {
  const manifests = entries.flatMap(({ names, mediaType, digest, size }) =>
    names.length === 0
      ? [{ mediaType, digest, size }]
      : names.map((name) => ({ mediaType, digest, size, annotations: { [refName]: name } })),
  );
  const index: ociImage.Index = { schemaVersion: 2, mediaType: ociImage.mediaTypes.index, manifests };
  return JSON.stringify(index);
};
