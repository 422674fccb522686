/** What a verb's file works with. */
import type { ImageStore, Supervisor as SupervisorContract } from '../environment/index.ts';
import type { BootService } from '../host/boot/index.ts';
import type { Database, Locks } from '../host/index.ts';
import type { Lifecycle, Techniques } from './lifecycle.ts';
import type { AddressBook, Registry } from './registry.ts';

/** What the composition root puts together. */
export interface Parts {
  readonly db: Database;
  readonly locks: Locks;
  readonly images: ImageStore;
  readonly registry: Registry;
  readonly techniques: Techniques;
  /** The store's directory. */
  readonly store: string;
  /** The directory of isola's own programs in C. */
  readonly programs: string;
  readonly boot: SupervisorContract['boot'];
  readonly page: SupervisorContract['page'];
  readonly machine: SupervisorContract['machine'];
  addresses(): Promise<AddressBook>;
  /** What the host does for this store when it starts and shuts down. */
  bootService(): Promise<BootService>;
}

/** What a verb's file gets. */
export interface Bench extends Parts {
  readonly lifecycle: Lifecycle;
}
