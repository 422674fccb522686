/** Which images are here and what they are called: the store's tables. */
import type { Digest, ImageConfig, ImageView, Template } from '../../environment/index.ts';
import { type Database, isAlive, ownMark, type Row, type Schema } from '../../host/index.ts';
import type { IndexEntry } from '../../oci/document/index.ts';
import { hexOf } from '../../oci/index.ts';
import type { Place } from './place.ts';

export const imageSchema: Schema = {
  owner: 'image',
  steps: [
    `create table image (
       digest text primary key,
       media_type text not null,
       manifest_bytes integer not null,
       tree text not null,
       platform text not null,
       bytes integer not null,
       files integer not null,
       created integer not null,
       source text not null,
       config text not null
     ) strict;
     create table image_name (
       name text primary key,
       digest text not null references image (digest)
     ) strict, without rowid;
     create index image_name_digest on image_name (digest);
     create table image_blob (
       digest text not null references image (digest) on delete cascade,
       blob text not null,
       primary key (digest, blob)
     ) strict, without rowid;
     create index image_blob_blob on image_blob (blob);
     create table image_hold (
       subject text not null,
       holder text not null,
       primary key (subject, holder)
     ) strict, without rowid;`,
  ],
};

/** An image as it is kept. `digest` is its manifest's, `tree` the chain id of its layers. */
export interface ImageRecord {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly manifestBytes: number;
  readonly tree: Digest;
  readonly platform: string;
  readonly bytes: number;
  readonly files: number;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly source: string;
  readonly config: ImageConfig;
}

const columns = 'digest, media_type, manifest_bytes, tree, platform, bytes, files, created, source, config';
const withNames = `select ${columns}, (select json_group_array(name order by name) from image_name n where n.digest = i.digest) as names from image i`;

export class Catalog {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  list(): readonly ImageView[] {
    return this.#db.all(`${withNames} order by created desc, digest`).map(viewOf);
  }

  named(name: string): ImageView | undefined {
    return one(this.#db.all(`${withNames} where digest = (select digest from image_name where name = ?)`, name));
  }

  /** Those whose digest begins so; `hex` is checked by the caller to be hexadecimal. */
  beginning(hex: string): readonly ImageView[] {
    return this.#db.all(`${withNames} where digest >= ? and digest < ?`, `sha256:${hex}`, `sha256:${hex}g`).map(viewOf);
  }

  view(digest: Digest): ImageView | undefined {
    return one(this.#db.all(`${withNames} where digest = ?`, digest));
  }

  record(digest: Digest): ImageRecord | undefined {
    const row = this.#db.one(`select ${columns} from image where digest = ?`, digest);
    return row && recordOf(row);
  }

  /** Bytes and files of a tree that some image here has already. */
  sizeOf(tree: Digest): { readonly bytes: number; readonly files: number } | undefined {
    const row = this.#db.one('select bytes, files from image where tree = ?', tree);
    return row && { bytes: Number(row['bytes']), files: Number(row['files']) };
  }

  blobsOf(digest: Digest): readonly Digest[] {
    return this.#db.all('select blob from image_blob where digest = ?', digest).map((row) => row['blob'] as Digest);
  }

  /** What index.json says of all images. */
  index(): readonly IndexEntry[] {
    const sql = `select digest, media_type, manifest_bytes, names from (${withNames}) order by digest`;
    return this.#db.all(sql).map((row) => ({
      digest: row['digest'] as Digest,
      mediaType: String(row['media_type']),
      size: Number(row['manifest_bytes']),
      names: JSON.parse(String(row['names'])) as string[],
    }));
  }

  names(): readonly string[] {
    return this.#db.all('select name from image_name order by name').map((row) => String(row['name']));
  }

  /** Adds or renews an image and points a name to it. Within a transaction. */
  put(image: ImageRecord, blobs: readonly Digest[], name: string): void {
    const { digest, mediaType, manifestBytes, tree, platform, bytes, files, created, source, config } = image;
    this.#db.do(
      `insert into image (${columns}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (digest) do update set source = excluded.source`,
      ...[digest, mediaType, manifestBytes, tree, platform, bytes, files, created, source, JSON.stringify(config)],
    );
    for (const blob of blobs) this.#db.do('insert or ignore into image_blob values (?, ?)', digest, blob);
    this.#db.do('insert or replace into image_name values (?, ?)', name, digest);
  }

  /** Takes a name away; true if there was one. Within a transaction. */
  unname(name: string): boolean {
    return this.#db.do('delete from image_name where name = ?', name) > 0;
  }

  /** Forgets an image with its names. Within a transaction. */
  drop(digest: Digest): void {
    this.#db.do('delete from image_name where digest = ?', digest);
    this.#db.do('delete from image where digest = ?', digest);
  }

  /** Says that this process counts on a blob or tree that no image names yet. */
  hold(subject: Digest): void {
    this.#db.do('insert or ignore into image_hold values (?, ?)', subject, ownMark());
  }

  release(subjects: Iterable<Digest>): void {
    for (const subject of subjects) this.#db.do('delete from image_hold where subject = ? and holder = ?', subject, ownMark());
  }

  /** Whether an image or a living process counts on a blob or tree. */
  needed(subject: Digest): boolean {
    const known = this.#db.one('select 1 from image_blob where blob = ? union all select 1 from image where tree = ?', subject, subject);
    if (known !== undefined) return true;
    return this.#db.all('select holder from image_hold where subject = ?', subject).some((row) => isAlive(String(row['holder'])));
  }

  /** Forgets what dead processes counted on. */
  forgetDead(): void {
    for (const { holder } of this.#db.all('select distinct holder from image_hold'))
      if (!isAlive(String(holder))) this.#db.do('delete from image_hold where holder = ?', String(holder));
  }
}

export const templateOf = (image: ImageRecord, place: Pick<Place, 'tree' | 'disk' | 'mounted'>): Template => ({
  digest: image.digest,
  tree: place.tree(image.tree),
  disk: place.disk(image.tree),
  mounted: place.mounted(image.tree),
  bytes: image.bytes,
  files: image.files,
  config: image.config,
});

/** The first 12 digits, as people and other tools show digests. */
export const shortDigest = (digest: Digest): string => hexOf(digest).slice(0, 12);

const one = (rows: readonly Row[]): ImageView | undefined => (rows[0] === undefined ? undefined : viewOf(rows[0]));

// Rows are written by `put` alone, so their texts are what it was given.
const viewOf = (row: Row): ImageView => ({
  digest: row['digest'] as Digest,
  names: JSON.parse(String(row['names'])) as string[],
  platform: String(row['platform']),
  bytes: Number(row['bytes']),
  created: Number(row['created']),
  source: String(row['source']),
});

const recordOf = (row: Row): ImageRecord => ({
  digest: row['digest'] as Digest,
  mediaType: String(row['media_type']),
  manifestBytes: Number(row['manifest_bytes']),
  tree: row['tree'] as Digest,
  platform: String(row['platform']),
  bytes: Number(row['bytes']),
  files: Number(row['files']),
  created: Number(row['created']),
  source: String(row['source']),
  config: JSON.parse(String(row['config'])) as ImageConfig,
});
