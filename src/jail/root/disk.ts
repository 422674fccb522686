/** A file system in a file that the host never mounts: the disk of a machine, which has its own kernel for it. Owners are the machine's own, from 0 on. */
import { chmodSync, chownSync, existsSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type Abort, type Call, type Definition, type Limits, Refusal } from '../../environment/index.ts';
import { fillDiskImage, resizeDiskImage } from '../../host/file/disk-image.ts';
import type { Place } from '../place.ts';
import { copyImage, imageUse } from './copy.ts';
import type { Root } from './root.ts';

/**
 * Says that a disk has only what differs from the template's, which is there for as long as somebody uses it: so is one that doesn't outlast its run. Its machine makes an
 * image of an empty file.
 */
export const overlaidMark = (directory: string): string => `${directory}/overlaid`;

/** Where nobody says: it takes of the host what is written to it. */
const usualBytes = 16 * 1024 ** 3;

export class DiskRoot implements Root {
  readonly onDisk: string;
  readonly #definition: Definition;
  readonly #place: Place;

  constructor(definition: Definition, place: Place) {
    this.#definition = definition;
    this.#place = place;
    this.onDisk = place.lasting;
  }

  /** One of the usual size is made once for each template, and goes with that. */
  async makeFromTemplate({ signal, progress }: Call): Promise<void> {
    const { template, spec } = this.#definition;
    const { diskBytes } = spec.limits;
    progress({ stage: 'making its disk' });
    if (diskBytes === undefined) {
      // Machines of any user id read it, where it is shown to them.
      if (!existsSync(template.disk)) await fillDiskImage(template.disk, usualBytes, template.tree, signal, 0o644);
      if (spec.ephemeral) {
        writeFileSync(this.#place.image, '');
        writeFileSync(overlaidMark(this.#place.lasting), '');
      } else await copyImage(template.disk, this.#place.image, signal);
    } else await fillDiskImage(this.#place.image, diskBytes, template.tree, signal);
    this.#hand();
  }

  async makeFrom(source: Place, snapshot: string | null, { signal }: Call): Promise<void> {
    const [image, from] =
      snapshot === null ? [source.image, source.lasting] : [`${source.snapshots}/${snapshot}/disk.img`, `${source.snapshots}/${snapshot}`];
    if (existsSync(overlaidMark(from))) writeFileSync(overlaidMark(this.#place.lasting), '');
    await copyImage(image, this.#place.image, signal);
    this.#hand();
  }

  async mount(): Promise<void> {}
  async unmount(): Promise<void> {}

  async take(directory: string, signal: Abort): Promise<void> {
    if (existsSync(overlaidMark(this.#place.lasting))) writeFileSync(overlaidMark(directory), '');
    await copyImage(this.#place.image, `${directory}/disk.img`, signal);
  }

  async prepareRestore(directory: string, signal: Abort): Promise<void> {
    await copyImage(`${directory}/disk.img`, `${this.#place.image}.new`, signal);
  }

  async restore(): Promise<void> {
    renameSync(`${this.#place.image}.new`, this.#place.image);
    this.#hand();
  }

  async recover(): Promise<void> {
    rmSync(`${this.#place.image}.new`, { force: true });
  }

  async resize({ diskBytes }: Limits): Promise<void> {
    const { name } = this.#definition;
    if (diskBytes === undefined)
      throw new Refusal('limit-unsupported', [`lifting the disk limit of ${name}`, 'its disk has a given size', 'give it a larger --disk']);
    await resizeDiskImage(this.#place.image, this.#place.root, diskBytes, name);
  }

  async finishResize(): Promise<number | undefined> {
    const { name, spec } = this.#definition;
    if (spec.limits.diskBytes === undefined) return undefined;
    const { size } = imageUse(this.#place.image);
    await resizeDiskImage(this.#place.image, this.#place.root, size, name);
    return size;
  }

  use(): { readonly used: number; readonly size: number } | null {
    const { image, lasting } = this.#place;
    if (!existsSync(image)) return null;
    const { used, size } = imageUse(image);
    return { used, size: existsSync(overlaidMark(lasting)) ? statSync(this.#definition.template.disk).size : size };
  }

  /** The machine's process is the environment's own user. */
  #hand(): void {
    const { image, base } = this.#place;
    chownSync(image, base, base);
    chmodSync(image, 0o600);
  }
}
