/** Which of an index's manifests is meant. */
import { Refusal } from '../../environment/index.ts';
import { choosePlatform, type Descriptor, formatPlatform, type Index, type Platform } from '../../oci/document/index.ts';

/** An index may name indexes; nobody needs more than one below the other. */
export const indexesMost = 3;

/** The manifest for a platform. An index of one that says no platform is taken at its word. Throws `platform-absent`. */
export const chooseManifest = ({ manifests }: Index, wanted: Platform, name: string): Descriptor => {
  const [only, ...others] = manifests;
  const chosen = choosePlatform(manifests, wanted) ?? (others.length === 0 && only?.platform === undefined ? only : undefined);
  if (chosen !== undefined) return chosen;
  const offered = manifests.flatMap(({ platform }) =>
    platform === undefined || platform.os === 'unknown' ? [] : [formatPlatform(platform)],
  );
  throw new Refusal('platform-absent', [name, formatPlatform(wanted), [...new Set(offered)].join(', ') || 'none that is named']);
};
