/** Where the store keeps what: an OCI image layout, and beside it what isola needs of its own. */
import { mkdirSync } from 'node:fs';
import type { Digest } from '../../environment/index.ts';
import { hexOf } from '../../oci/index.ts';

/**
 * ```
 * oci-layout, index.json, blobs/sha256/…   an image layout that other tools can read
 * trees/<chain id>                         unpacked root directories, never written
 * disks/<chain id>                         the same as disks of the usual size, once a machine wanted one
 * disks/<chain id>.mounted/…              machines that have mounted that disk, for others to go on from
 * partial/<digest>                         downloads under way or interrupted
 * staging/<process>.<n>                    half-made things of that process
 * debs/<suite>                             packages of builds that were interrupted
 * ```
 */
export class Place {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  get blobs(): string {
    return `${this.directory}/blobs/sha256`;
  }
  get trees(): string {
    return `${this.directory}/trees`;
  }
  get disks(): string {
    return `${this.directory}/disks`;
  }
  get partials(): string {
    return `${this.directory}/partial`;
  }
  get staging(): string {
    return `${this.directory}/staging`;
  }
  get debs(): string {
    return `${this.directory}/debs`;
  }

  blob(digest: Digest): string {
    return `${this.blobs}/${hexOf(digest)}`;
  }

  tree(chain: Digest): string {
    return `${this.trees}/${hexOf(chain)}`;
  }

  disk(chain: Digest): string {
    return `${this.disks}/${hexOf(chain)}`;
  }

  /** Of a disk: goes with it. */
  mounted(chain: Digest): string {
    return `${this.disk(chain)}.mounted`;
  }

  partial(digest: Digest): string {
    return `${this.partials}/${hexOf(digest)}`;
  }

  /** Makes what is missing. Nobody but root shall see images: a setuid program in a tree is one on the host. */
  prepare(): void {
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    for (const part of [this.blobs, this.trees, this.disks, this.partials, this.staging]) mkdirSync(part, { recursive: true, mode: 0o700 });
  }
}
