/** A file system in a file that the host never mounts: the disk of a machine, which has its own kernel for it. Owners are the machine's own, from 0 on. */
import { chmodSync, chownSync, existsSync, linkSync, lstatSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type Abort, type Call, type Definition, type Limits, Refusal } from '../../environment/index.ts';
import { fillDiskImage, resizeDiskImage } from '../../host/file/disk-image.ts';
import { removeTree } from '../../host/file/files.ts';
import type { Place } from '../place.ts';
import { copyImage, imageUse } from './copy.ts';
import { foreignMemory, layersIn, linkLayers, makeLayers, nextLayer, seal, sizeBelow } from './layers.ts';
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

  async makeFromTree(tree: string, { signal }: Call): Promise<void> {
    await fillDiskImage(this.#place.image, this.#definition.spec.limits.diskBytes ?? usualBytes, tree, signal);
    this.#hand();
  }

  async makeFrom(source: Place, snapshot: string | null, { signal }: Call): Promise<void> {
    const from = snapshot === null ? source.lasting : `${source.snapshots}/${snapshot}`;
    if (existsSync(overlaidMark(from))) writeFileSync(overlaidMark(this.#place.lasting), '');
    makeLayers(this.#layers, this.#place.base);
    linkLayers(layersIn(from), this.#layers, foreignMemory);
    await copyTop(from, this.#place.image, signal);
    this.#hand();
  }

  async mount(): Promise<void> {}
  async unmount(): Promise<void> {}

  async take(directory: string, signal: Abort): Promise<void> {
    if (existsSync(overlaidMark(this.#place.lasting))) writeFileSync(overlaidMark(directory), '');
    if (existsSync(this.#layers)) {
      mkdirSync(layersIn(directory), 0o700);
      linkLayers(this.#layers, layersIn(directory));
    }
    await copyImage(this.#place.image, topIn(directory), signal);
  }

  async prepareRestore(directory: string, signal: Abort): Promise<void> {
    makeLayers(`${this.#layers}.new`, this.#place.base);
    linkLayers(layersIn(directory), `${this.#layers}.new`);
    await copyTop(directory, `${this.#place.image}.new`, signal);
  }

  async restore(): Promise<void> {
    const { image } = this.#place;
    if (existsSync(this.#layers)) renameSync(this.#layers, `${this.#layers}.old`);
    renameSync(`${this.#layers}.new`, this.#layers);
    renameSync(`${image}.new`, image);
    removeTree(`${this.#layers}.old`);
    this.#hand();
  }

  async recover(): Promise<void> {
    const { image, lasting } = this.#place;
    const [fresh, old] = [`${this.#layers}.new`, `${this.#layers}.old`];
    const isTaken = existsSync(`${image}.new`) && !existsSync(fresh);
    // Broken off between the two: what was before is back.
    if (isTaken && existsSync(this.#layers)) removeTree(this.#layers);
    if (existsSync(old) && !existsSync(this.#layers)) renameSync(old, this.#layers);
    for (const path of [fresh, old]) removeTree(path);
    rmSync(`${image}.new`, { force: true });
    finishMoment(lasting, image);
  }

  async resize({ diskBytes }: Limits): Promise<void> {
    const { name } = this.#definition;
    if (nextLayer(this.#layers) > 0)
      throw new Refusal('limit-unsupported', [
        `--disk of ${name}`,
        'its disk stands on what snapshots have',
        'choose it when it is created',
      ]);
    if (diskBytes === undefined)
      throw new Refusal('limit-unsupported', [`lifting the disk limit of ${name}`, 'its disk has a given size', 'give it a larger --disk']);
    await resizeDiskImage(this.#place.image, this.#place.root, diskBytes, name);
  }

  async finishResize(): Promise<number | undefined> {
    const { name, spec } = this.#definition;
    if (spec.limits.diskBytes === undefined) return undefined;
    const below = sizeBelow(this.#layers);
    if (below !== undefined) return below;
    const { size } = imageUse(this.#place.image);
    await resizeDiskImage(this.#place.image, this.#place.root, size, name);
    return size;
  }

  use(): { readonly used: number; readonly size: number } | null {
    const { image } = this.#place;
    if (!existsSync(image)) return null;
    return { used: imageUse(image).used, size: diskBytesOf(this.#definition, this.#place) };
  }

  get #layers(): string {
    return layersIn(this.#place.lasting);
  }

  /** The machine's process is the environment's own user. */
  #hand(): void {
    const { image, base } = this.#place;
    chownSync(image, base, base);
    chmodSync(image, 0o600);
  }
}

const topIn = (directory: string): string => `${directory}/disk.img`;
/** Where a machine puts what is kept of a moment. */
export const momentIn = (lasting: string): string => `${lasting}/moment`;

/** How large a machine's disk is. */
export const diskBytesOf = ({ template }: Definition, { lasting, image }: Place): number => {
  if (existsSync(overlaidMark(lasting))) return statSync(template.disk).size;
  return sizeBelow(layersIn(lasting)) ?? statSync(image).size;
};

/** A moment's disk is its layers: nothing was written to what stands on them. Its machine makes an image of an empty file. */
const copyTop = async (from: string, to: string, signal: Abort): Promise<void> => {
  if (existsSync(topIn(from))) await copyImage(topIn(from), to, signal);
  else writeFileSync(to, '', { mode: 0o600 });
};

/** Before a machine is told to keep a moment: its disk as it is is the next layer. */
export const beginMoment = ({ lasting, image }: Place): void => {
  linkSync(image, `${layersIn(lasting)}/${nextLayer(layersIn(lasting))}`);
};

/**
 * After that, however it went: it writes another image, or the same as before. Throws where what its process put there is no file: a link would have the host show it another's, or copy that.
 */
export const finishMoment = (lasting: string, image: string): void => {
  const [layers, fresh, beside] = [layersIn(lasting), `${momentIn(lasting)}/disk.img`, `${lasting}/fresh.img`];
  const last = nextLayer(layers) - 1;
  if (existsSync(fresh)) renameSync(fresh, beside);
  // Out of its reach by now.
  const found = lstatSync(beside, { throwIfNoEntry: false });
  const isStrange = found !== undefined && !found.isFile();
  if (isStrange) rmSync(beside, { recursive: true, force: true });
  const isLinked = last >= 0 && statSync(`${layers}/${last}`).ino === statSync(image).ino;
  if (existsSync(beside) && isLinked) {
    seal(`${layers}/${last}`);
    renameSync(beside, image);
  } else if (isLinked) rmSync(`${layers}/${last}`);
  if (isStrange) throw new Error(`${fresh} is no file`);
};
