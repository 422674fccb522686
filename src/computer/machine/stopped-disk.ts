/** The disk of a machine that doesn't run, to be read: an image, and the layers that it stands on. */
import { constants, openSync } from 'node:fs';
import { Failing, type ImageDisk, type ImageFile, openImage } from '../../disk/index.ts';
import { layerNumbers, layersIn } from '../../jail/root/layers.ts';
import { HostFile, unpackers } from '../medium/index.ts';
import type { Machine } from './machine.ts';

export class StoppedDisk implements Disposable {
  readonly #files = new DisposableStack();
  readonly #disk: ImageDisk;

  /** Throws Damage, Unsupported, or what opening a file throws. */
  constructor({ place, isOverlaid, definition }: Pick<Machine, 'place' | 'isOverlaid' | 'definition'>) {
    const layers = layersIn(place.lasting);
    const below = layerNumbers(layers).toReversed();
    // One that has written nothing since has an empty image.
    const paths = [place.image, ...below.map((number) => `${layers}/${number}`), ...(isOverlaid ? [definition.template.disk] : [])];
    // What they say that they stand on was written in a jail: it is what lies below.
    const image = (index: number): ImageFile => {
      const path = paths[index];
      if (path === undefined) throw new Failing('an image stands on one that is not there');
      const file = this.#files.use(new HostFile(openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)));
      return file.sizeBytes === 0 ? image(index + 1) : { file, identity: path, next: () => image(index + 1) };
    };
    try {
      const top = image(0);
      const isLowest = top.identity === paths.at(-1);
      this.#disk = openImage(top, { format: isLowest ? 'raw' : 'qcow2', isReadOnly: true, unpack: unpackers });
    } catch (error) {
      this.#files.dispose();
      throw error;
    }
  }

  get sizeBytes(): number {
    return this.#disk.sizeBytes;
  }

  readInto(at: number, into: Uint8Array): void {
    if (!this.#disk.read(at, into)) throw new Failing('its disk can’t be read');
  }

  [Symbol.dispose](): void {
    this.#files.dispose();
  }
}
