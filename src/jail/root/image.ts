/** A file system in a file: its size is what df shows inside. */
import { chmodSync, chownSync, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { type Abort, type Call, type Definition, type Limits, Refusal } from '../../environment/index.ts';
import { detachLoops, diskUse, makeDiskImage, mountDiskImage, resizeDiskImage } from '../../host/file/disk-image.ts';
import { isMounted } from '../../host/file/file-system.ts';
import { makeDirectory } from '../../host/file/files.ts';
import { copyTree, shiftOwners } from '../../host/file/tree.ts';
import { run } from '../../host/program/run.ts';
import type { Place } from '../place.ts';
import { copyImage, copying, imageUse } from './copy.ts';
import type { Root } from './root.ts';

export class ImageRoot implements Root {
  readonly onDisk: string;
  readonly #definition: Definition;
  readonly #place: Place;

  constructor(definition: Definition, place: Place) {
    this.#definition = definition;
    this.#place = place;
    this.onDisk = place.lasting;
  }

  makeFromTemplate(call: Call): Promise<void> {
    return this.#fill(this.#definition.template.tree, this.#place.base, call);
  }

  makeFromTree(tree: string, call: Call): Promise<void> {
    return this.#fill(tree, 0, call);
  }

  /** `shift`: of owners. */
  async #fill(tree: string, shift: number, call: Call): Promise<void> {
    const { image, root } = this.#place;
    const { template, spec } = this.#definition;
    makeDirectory(root);
    await makeDiskImage(image, spec.limits.diskBytes ?? 0);
    await mountDiskImage(image, root);
    try {
      await copyTree(tree, root, copying(shift, template.files, call));
      const top = statSync(tree);
      chownSync(root, top.uid + shift, top.gid + shift);
      chmodSync(root, top.mode & 0o7777);
    } finally {
      await this.unmount();
    }
  }

  async makeFrom(source: Place, snapshot: string | null, { signal }: Call): Promise<void> {
    makeDirectory(this.#place.root);
    const from = snapshot === null ? source.image : `${source.snapshots}/${snapshot}/disk.img`;
    if (snapshot === null && isMounted(source.root)) await whileStill(source.root, () => copyImage(from, this.#place.image, signal));
    else await copyImage(from, this.#place.image, signal);
    if (source.base === this.#place.base) return;
    await mountDiskImage(this.#place.image, this.#place.root);
    try {
      await shiftOwners(this.#place.root, this.#place.base - source.base);
    } finally {
      await this.unmount();
    }
  }

  mount(): Promise<void> {
    return mountDiskImage(this.#place.image, this.#place.root);
  }

  async unmount(): Promise<void> {
    const { unmount } = await import('../../host/kernel/libc.ffi.ts');
    while (isMounted(this.#place.root)) unmount(this.#place.root, { detach: false });
    await detachLoops((file) => file === this.#place.image);
  }

  async take(directory: string, signal: Abort): Promise<void> {
    const copy = () => copyImage(this.#place.image, `${directory}/disk.img`, signal);
    await (isMounted(this.#place.root) ? whileStill(this.#place.root, copy) : copy());
  }

  prepareRestore(directory: string, signal: Abort): Promise<void> {
    return copyImage(`${directory}/disk.img`, `${this.#place.image}.new`, signal);
  }

  async restore(): Promise<void> {
    renameSync(`${this.#place.image}.new`, this.#place.image);
  }

  async recover(): Promise<void> {
    rmSync(`${this.#place.image}.new`, { force: true });
    // fsfreeze refuses a file system that isn't frozen.
    if (isMounted(this.#place.root)) await run('fsfreeze', ['--unfreeze', this.#place.root], { accept: [0, 1] });
  }

  async resize({ diskBytes }: Limits): Promise<void> {
    if (diskBytes === undefined) {
      const why = 'its root file system lies in a file of a given size';
      throw new Refusal('limit-unsupported', [`lifting the disk limit of ${this.#definition.name}`, why, 'give it a larger --disk']);
    }
    await resizeDiskImage(this.#place.image, this.#place.root, diskBytes, this.#definition.name);
  }

  async finishResize(): Promise<number> {
    const { size } = statSync(this.#place.image);
    await resizeDiskImage(this.#place.image, this.#place.root, size, this.#definition.name);
    return size;
  }

  use(): { readonly used: number; readonly size: number } | null {
    return isMounted(this.#place.root) ? diskUse(this.#place.root) : existsSync(this.#place.image) ? imageUse(this.#place.image) : null;
  }
}

/** Holds a mounted file system still and complete on its device: fsfreeze(8). */
const whileStill = async (mountPoint: string, work: () => Promise<void>): Promise<void> => {
  await run('fsfreeze', ['--freeze', mountPoint]);
  try {
    await work();
  } finally {
    await run('fsfreeze', ['--unfreeze', mountPoint]);
  }
};
