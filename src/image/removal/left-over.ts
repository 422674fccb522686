/** What lies in the store and serves nobody any more. */
import { existsSync, statSync } from 'node:fs';
import type { Digest } from '../../environment/index.ts';
import { isDigest } from '../../oci/index.ts';
import type { Shop } from '../catalog/shop.ts';
import { abandoned, entriesOf } from '../catalog/staging.ts';

/** What a broken download brought is kept this long for the next one to go on with. */
const keptMs = 7 * 24 * 3600 * 1000;

export interface LeftOver {
  readonly path: string;
  readonly what: string;
}

/** Half-made things of dead processes and downloads nobody went on with; with `downloads`, Debian packages kept for the next build too. */
export const leftOvers = (shop: Shop, { downloads }: { readonly downloads: boolean }): readonly LeftOver[] => {
  const { place, locks } = shop;
  const stale = (path: string): boolean => Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > keptMs;
  const packages = downloads ? entriesOf(place.debs).filter((suite) => locks.holder(debsSubject(suite)) === undefined) : [];
  return [
    ...abandoned(place).map((path) => ({ path, what: 'half made' })),
    ...entriesOf(place.partials)
      .map((name) => `${place.partials}/${name}`)
      .filter(stale)
      .map((path) => ({ path, what: 'download nobody went on with' })),
    ...[place.directory, place.disks].flatMap((directory) =>
      entriesOf(directory)
        .filter((name) => /\.[0-9]+\.new$/.test(name) && !existsSync(`/proc/${name.split('.').at(-2)}`))
        .map((name) => ({ path: `${directory}/${name}`, what: 'half written' })),
    ),
    ...packages.map((suite) => ({ path: `${place.debs}/${suite}`, what: 'packages of past builds' })),
  ];
};

/** The lock of a suite's packages. */
export const debsSubject = (suite: string): string => `packages ${suite}`;

/** Trees, and blobs older than `ageMs`, that no image and no living process needs. */
export const unneeded = (shop: Shop, ageMs: number): readonly Digest[] => {
  const { place, catalog } = shop;
  const old = (digest: Digest): boolean =>
    ageMs === 0 || Date.now() - (statSync(place.blob(digest), { throwIfNoEntry: false })?.mtimeMs ?? 0) > ageMs;
  const digests = (directory: string): readonly Digest[] =>
    entriesOf(directory)
      .map((name) => `sha256:${name.replace(/\.mounted$/, '')}`)
      .filter(isDigest);
  return [...digests(place.blobs).filter(old), ...digests(place.trees), ...digests(place.disks)].filter(
    (digest) => !catalog.needed(digest),
  );
};

/** Trees of killed processes, and blobs of downloads nobody went on with. */
export const forgotten = (shop: Shop): readonly Digest[] => unneeded(shop, keptMs);
