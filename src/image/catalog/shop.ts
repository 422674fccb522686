/** What the parts of the store share. */
import type { Digest } from '../../environment/index.ts';
import type { Database, Locks } from '../../host/index.ts';
import type { Catalog } from './catalog.ts';
import type { Place } from './place.ts';

export interface ImageStoreParts {
  /** Where images are kept; made when first needed. */
  readonly directory: string;
  /** Opened with `imageSchema` and `lockSchema` among its schemas. */
  readonly db: Database;
  readonly locks: Locks;
  /** Directory of the programs that set-up builds. */
  readonly programs: string;
  /** Which environments use which image; asked within a transaction. */
  readonly usedBy: () => ReadonlyMap<Digest, readonly string[]>;
}

export interface Shop extends ImageStoreParts {
  readonly catalog: Catalog;
  readonly place: Place;
}
