/** A directory of its own: no mount, no layer, native speed. Copied copy on write where the file system can. */
import { renameSync } from 'node:fs';
import { type Abort, type Call, type Definition, type Limits, Refusal } from '../../environment/index.ts';
import { copyTree } from '../../host/file/tree.ts';
import type { Place } from '../place.ts';
import { copyBeside, copying, putInPlace, recoverTree } from './copy.ts';
import type { Root } from './root.ts';

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

  async makeFromTree(tree: string): Promise<void> {
    renameSync(tree, this.#place.root);
  }

  async mount(): Promise<void> {}

  async unmount(): Promise<void> {}

  take(directory: string, signal: Abort): Promise<void> {
    return copyTree(this.#place.root, `${directory}/root`, { shift: 0, signal });
  }

  prepareRestore(directory: string, signal: Abort): Promise<void> {
    return copyBeside(`${directory}/root`, this.#place.root, signal);
  }

  restore(): Promise<void> {
    return putInPlace(this.#place.root);
  }

  recover(): Promise<void> {
    return recoverTree(this.#place.root);
  }

  async resize({ diskBytes }: Limits): Promise<void> {
    if (diskBytes === undefined) return;
    const why = 'its root file system was made without a size';
    throw new Refusal('limit-unsupported', [`the disk of ${this.#definition.name}`, why, 'give --disk when it is created']);
  }

  async finishResize(): Promise<undefined> {}

  use(): null {
    return null;
  }
}
