/** What a computer in a tab has to keep things on: bytes that the page gave, and files of a web server with what is written to them in this browser. */
import type { Media } from '../board/index.ts';
import { openImage } from '../disk/index.ts';
import { type Disk, sectorBytes } from '../machine/index.ts';
import { MemoryDisk } from './memory-disk.ts';
import type { Given, Kept, Plan, Remote } from './messages.ts';
import { openKept, placeOf } from './store/handle.ts';
import { openRanged } from './store/http.ts';
import { LayerDisk } from './store/layer.ts';

const cdSectorBytes = 2048;

type Opened = { readonly disk: Disk; readonly stamp: () => string; readonly name: string; readonly layer?: LayerDisk };

export class TabMedia {
  readonly media: Media;
  readonly #all: readonly Opened[];

  private constructor(media: Media, all: readonly Opened[]) {
    this.media = media;
    this.#all = all;
  }

  /** `failed` is told in a sentence when one can't be read. Throws an Error that names the first that can't be opened; then none is. */
  static async open(plan: Plan, failed: (sentence: string) => void): Promise<TabMedia> {
    const { disks = [], ahci = [], nvme = [], virtio = [], floppies = [], cd } = plan;
    const place = (): Promise<FileSystemDirectoryHandle> => placeOf(plan.place ?? 'isola');
    const all: Opened[] = [];
    const opened = async (given: Given, what: string, isWritten = true): Promise<Disk> => {
      const made = given instanceof Uint8Array ? inMemory(given, what) : await remote(given, { what, isWritten, place, failed });
      all.push(made);
      return made.disk;
    };
    const each = async (what: string, given: readonly Given[]): Promise<Disk[]> => {
      const made: Disk[] = [];
      for (const one of given) made.push(await opened(one, what));
      return made;
    };
    try {
      const media = {
        ...{ disks: await each('disk', disks), ahci: await each('AHCI disk', ahci), nvme: await each('NVMe disk', nvme) },
        ...{ virtio: await each('virtio disk', virtio), floppies: await each('diskette', floppies) },
        cd: cd && (await opened(cd, 'CD', false)),
      };
      return new TabMedia(media, all);
    } catch (error) {
      for (const { layer } of all) layer?.close();
      throw error;
    }
  }

  /** What a medium is at this moment. All that was written lasts then. */
  readonly stampOf = (disk: Disk): string => this.#all.find((one) => one.disk === disk)?.stamp() ?? 'nobody’s';

  /** Whether there was anything to be made to last. */
  settle(): boolean {
    const open = this.#all.filter(({ layer }) => layer?.isSettled === false);
    for (const { layer } of open) layer?.flush();
    return open.length > 0;
  }

  /** What this browser keeps of what was written. */
  get kept(): readonly Kept[] {
    return this.#all.flatMap(({ name, layer }) => (layer?.keptBytes === undefined ? [] : [{ name, bytes: layer.keptBytes }]));
  }

  close(): void {
    for (const { layer } of this.#all) layer?.close();
  }
}

/** What nobody has had before. */
const token = (): string => Array.from(crypto.getRandomValues(new Uint32Array(2)), (part) => part.toString(16).padStart(8, '0')).join('');

const checkSize = (bytes: number, what: string): void => {
  const unit = what === 'CD' ? cdSectorBytes : sectorBytes;
  if (bytes === 0 || bytes % unit !== 0) throw new Error(`the ${what} has ${bytes} bytes, which are no whole sectors of ${unit}`);
};

/** Another one whenever it is opened: what was written to it is gone then. */
const inMemory = (bytes: Uint8Array, what: string): Opened => {
  checkSize(bytes.length, what);
  const stamp = `${bytes.length} bytes of this tab, ${token()}`;
  return { disk: new MemoryDisk(bytes, what === 'CD'), stamp: () => stamp, name: what };
};

interface Around {
  readonly what: string;
  readonly isWritten: boolean;
  readonly place: () => Promise<FileSystemDirectoryHandle>;
  readonly failed: (sentence: string) => void;
}

const remote = async ({ address, name, stamp: said }: Remote, { what, isWritten, place, failed }: Around): Promise<Opened> => {
  const base = await openRanged(address, name, failed);
  checkSize(base.sizeBytes, what);
  const stamp = said ?? `${base.sizeBytes} bytes, ${base.tag || 'of no version'}`;
  if (!isWritten) {
    const unpack = { deflate: packed, zlib: packed, zstd: packed };
    const image = { file: base, identity: 'base', next: packed };
    return { disk: openImage(image, { format: 'raw', isReadOnly: true, unpack }), stamp: () => stamp, name };
  }
  const file = encodeURIComponent(name);
  const directory = await place();
  const image = await openKept(directory, `${file}.qcow2`);
  try {
    const note = await openKept(directory, `${file}.note`);
    try {
      const layer = new LayerDisk({ name, base, stamp, files: { image, note }, token, failed });
      return { disk: layer, stamp: () => layer.stamp, name, layer };
    } catch (error) {
      note.close();
      throw error;
    }
  } catch (error) {
    image.close();
    throw error;
  }
};

const packed = (): never => {
  throw new Error('a plain image has nothing that is packed, and stands on nothing');
};
