/** The taking in of one image: bytes first, then the rows that name them. Ended before its commit, it leaves nothing that counts. */
import { existsSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import type { Digest, ImageConfig, ImageView } from '../../environment/index.ts';
import { run } from '../../host/index.ts';
import { Damage } from '../../oci/index.ts';
import { writeIndex } from '../catalog/layout.ts';
import type { Shop } from '../catalog/shop.ts';
import { Staging } from '../catalog/staging.ts';
import { sizeOfTree } from '../unpack/index.ts';
import { sha256, utf8 } from './bytes.ts';

export interface Made {
  readonly manifest: Digest;
  readonly mediaType: string;
  readonly manifestBytes: number;
  /** Config and layers. */
  readonly blobs: readonly Digest[];
  readonly tree: Digest;
  readonly platform: string;
  readonly createdMs: number | undefined;
  readonly config: ImageConfig;
  readonly source: string;
  readonly name: string;
}

export class Intake implements AsyncDisposable {
  readonly shop: Shop;
  readonly staging: Staging;
  readonly #held = new Set<Digest>();
  /** Of trees that were taken in here, as they were before. */
  readonly #sizes = new Map<Digest, ReturnType<typeof sizeOfTree>>();

  constructor(shop: Shop) {
    this.shop = shop;
    this.staging = new Staging(shop.place);
  }

  /** Whether a blob is here. From now on nobody prunes it before this intake ends. */
  hasBlob(digest: Digest): boolean {
    this.#hold(digest);
    return existsSync(this.shop.place.blob(digest));
  }

  /** A document that is here. Throws Damage if it is no UTF-8, or longer than `most` bytes. */
  readText(digest: Digest, most: number): string {
    const path = this.shop.place.blob(digest);
    if (statSync(path).size > most) throw new Damage(`${digest} is longer than ${most} bytes`);
    const bytes = readFileSync(path);
    if (sha256(bytes) !== digest) {
      // The disk changed it: the next attempt fetches it anew.
      unlinkSync(path);
      throw new Damage(`${digest} in the store is not what its name says`);
    }
    return utf8(bytes, digest);
  }

  /** Takes in a document. */
  putText(text: string | Uint8Array): { readonly digest: Digest; readonly size: number } {
    const digest = sha256(text);
    const path = this.staging.path(digest);
    writeFileSync(path, text, { mode: 0o600 });
    this.putBlob(digest, path);
    return { digest, size: Buffer.byteLength(text) };
  }

  /** Takes in a file of the staging directory whose digest was verified. */
  putBlob(digest: Digest, path: string): void {
    this.#hold(digest);
    renameSync(path, this.shop.place.blob(digest));
  }

  /** Whether a tree is here. One that no image names may be torn by a power cut, so it counts for nothing. */
  hasTree(tree: Digest): boolean {
    this.#hold(tree);
    return this.shop.catalog.sizeOf(tree) !== undefined;
  }

  /** Takes in an unpacked directory, unless another process was faster. */
  putTree(tree: Digest, path: string): void {
    this.#hold(tree);
    const place = this.shop.place.tree(tree);
    // Here, where nobody moves it: another process that takes the same one in puts its own into this one's place.
    this.#sizes.set(tree, sizeOfTree(path));
    this.shop.db.transaction(() => {
      if (this.shop.catalog.sizeOf(tree) !== undefined) return;
      if (existsSync(place)) renameSync(place, this.staging.path('torn'));
      renameSync(path, place);
    });
  }

  /** Makes it an image. What was taken in is on disk before any row says so, even if power is cut then. */
  async commit(made: Made): Promise<ImageView> {
    const { catalog, place, db } = this.shop;
    const { bytes, files } = catalog.sizeOf(made.tree) ?? this.#sizes.get(made.tree) ?? sizeOfTree(place.tree(made.tree));
    await run('sync', ['-f', place.directory]);
    const { manifest: digest, blobs, name, createdMs, ...rest } = made;
    return db.transaction(
      () => {
        catalog.put({ ...rest, digest, bytes, files, created: createdMs ?? Date.now() }, [digest, ...blobs], name);
        writeIndex(this.shop);
        const view = catalog.view(digest);
        if (view === undefined) throw new Error(`${digest} is not there though it was just put`);
        return view;
      },
      { durable: true },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.shop.catalog.release(this.#held);
    await this.staging[Symbol.asyncDispose]();
  }

  #hold(subject: Digest): void {
    if (this.#held.has(subject)) return;
    this.#held.add(subject);
    this.shop.catalog.hold(subject);
  }
}
