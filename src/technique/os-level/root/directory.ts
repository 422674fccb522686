/** A directory of its own: no mount, no layer, native speed. Copied copy on write where the file system can. */
import { existsSync, renameSync } from 'node:fs';
import { type Call, type Definition, type Limits, Refusal } from '../../../environment/index.ts';
import { type CopyOptions, copyTree, removeLargeTree } from '../../../host/tree.ts';
import type { Place } from '../place.ts';
import type { Root } from './index.ts';

export class DirectoryRoot implements Root {
  readonly onDisk: string;
  readonly #definition: Definition;
  readonly #place: Place;

  constructor(definition: Definition, place: Place) {
    this.#definition = definition;
    this.#place = place;
    this.onDisk = place.lasting;
  }

  makeFromTemplate(call: Call): Promise<void> {
    return copyTree(this.#definition.template.tree, this.#place.root, copying(this.#place.base, this.#definition.template.files, call));
  }

  makeFrom(source: Place, snapshot: string | null, call: Call): Promise<void> {
    const from = snapshot === null ? source.root : `${source.snapshots}/${snapshot}/root`;
    return copyTree(from, this.#place.root, copying(this.#place.base - source.base, undefined, call));
  }

  async mount(): Promise<void> {}

  async unmount(): Promise<void> {}

  take(directory: string): Promise<void> {
    return copyTree(this.#place.root, `${directory}/root`, { shift: 0 });
  }

  restore(directory: string): Promise<void> {
    return replaceTree(`${directory}/root`, this.#place.root);
  }

  recover(): Promise<void> {
    return recoverTree(this.#place.root);
  }

  async resize({ diskBytes }: Limits): Promise<void> {
    if (diskBytes === undefined) return;
    const why = 'its root file system was made without a size';
    throw new Refusal('limit-unsupported', [`the disk of ${this.#definition.name}`, why, 'give --disk when it is created']);
  }

  use(): null {
    return null;
  }
}

/** Puts a copy of one tree in another's place: beside it first, so that a crash leaves one of the two whole. */
export const replaceTree = async (source: string, target: string): Promise<void> => {
  const [fresh, old] = [`${target}.new`, `${target}.old`];
  if (existsSync(fresh)) await removeLargeTree(fresh);
  await copyTree(source, fresh, { shift: 0 });
  if (existsSync(old)) await removeLargeTree(old);
  if (existsSync(target)) renameSync(target, old);
  renameSync(fresh, target);
  if (existsSync(old)) await removeLargeTree(old);
};

/** After a crash within `replaceTree`: the old one is back, or the new one in place, and nothing beside it. */
export const recoverTree = async (target: string): Promise<void> => {
  const [fresh, old] = [`${target}.new`, `${target}.old`];
  if (!existsSync(target) && existsSync(old)) renameSync(old, target);
  for (const path of [fresh, old]) if (existsSync(path)) await removeLargeTree(path);
};

/** How a root is copied for a new environment, with progress. */
export const copying = (shift: number, of: number | undefined, { signal, progress }: Call): CopyOptions => ({
  shift,
  signal,
  onProgress: (done) => progress({ stage: 'copying the root file system', done, unit: 'files', ...(of !== undefined && { of }) }),
});
