/** A guest that does anything to a disk, and knows what must be there, also after the power went. Each sector of it is filled with one number. */
import type { ImageDisk } from '../index.ts';
import type { Chance } from './torn-file.ts';

const sectorBytes = 512;

type Deed = { readonly first: number; readonly count: number; readonly stamp: number };
interface Done {
  /** What it did to its file before, and when it was through. */
  readonly begun: number;
  readonly ended: number;
  /** Undefined: a flush. */
  readonly deed: Deed | undefined;
}

export interface Habits {
  /** At most so many sectors at once. */
  readonly most: number;
  /** Whether what is discarded is zeros: else it stays. */
  readonly discards: 'never' | 'to zeros';
  readonly clusterBytes: number;
}

export class Exercise {
  readonly sectors: Uint32Array;
  readonly #before: Uint32Array;
  readonly #done: Done[] = [];
  #stamp = 1000;

  /** `before`: what is there, a number for each sector. */
  constructor(before: Uint32Array) {
    this.#before = before.slice();
    this.sectors = before.slice();
  }

  /** `clock`: what was done to the file so far. */
  step(disk: ImageDisk, chance: Chance, { most, discards, clusterBytes }: Habits, clock: () => number = () => 0): void {
    const begun = clock();
    const kind = chance(12);
    if (kind === 0) {
      sure(disk.flush(), 'flush');
      this.#done.push({ begun, ended: clock(), deed: undefined });
      return;
    }
    const first = chance(this.sectors.length);
    const count = Math.min(1 + chance(most), this.sectors.length - first);
    if (kind < 4) this.#read(disk, first, count);
    else if (kind < 6 && discards === 'to zeros') {
      const inCluster = clusterBytes / sectorBytes;
      const from = Math.ceil(first / inCluster) * inCluster;
      const isToEnd = first + count === this.sectors.length;
      const to = isToEnd ? first + count : Math.floor((first + count) / inCluster) * inCluster;
      sure(disk.discard(first * sectorBytes, count * sectorBytes), 'discard');
      if (to > from) this.#note({ first: from, count: to - from, stamp: 0 }, begun, clock());
    } else {
      const deed = { first, count, stamp: this.#stamp++ };
      sure(disk.write(first * sectorBytes, new Uint8Array(new Uint32Array((count * sectorBytes) / 4).fill(deed.stamp).buffer)), 'write');
      this.#note(deed, begun, clock());
    }
  }

  /** All is as it must be. */
  check(disk: ImageDisk): void {
    this.#read(disk, 0, this.sectors.length);
  }

  /** As it may be when no more than so much was done to the file: as it was flushed, or as it was written since. */
  checkAfter(disk: ImageDisk, clock: number): void {
    const flushed = this.#done.findLastIndex(({ deed, ended }) => deed === undefined && ended <= clock);
    const allowed = Array.from(this.#before, (stamp) => new Set([stamp]));
    for (const [index, { deed, begun }] of this.#done.entries()) {
      if (deed === undefined || begun >= clock) continue;
      for (let sector = deed.first; sector < deed.first + deed.count; sector++) {
        if (index < flushed) allowed[sector] = new Set([deed.stamp]);
        else allowed[sector]?.add(deed.stamp);
      }
    }
    const found = stampsOf(disk, 0, this.sectors.length);
    for (const [sector, stamp] of found.entries())
      if (allowed[sector]?.has(stamp) !== true)
        throw new Error(`after ${clock}: sector ${sector} has ${stamp}, not one of ${[...(allowed[sector] ?? [])].join(', ')}`);
  }

  #note(deed: Deed, begun: number, ended: number): void {
    this.sectors.fill(deed.stamp, deed.first, deed.first + deed.count);
    this.#done.push({ begun, ended, deed });
  }

  #read(disk: ImageDisk, first: number, count: number): void {
    const found = stampsOf(disk, first, count);
    for (const [index, stamp] of found.entries())
      if (stamp !== this.sectors[first + index])
        throw new Error(`sector ${first + index} has ${stamp}, not ${this.sectors[first + index]}`);
  }
}

/** The number that each sector is filled with. Throws where one is torn. */
const stampsOf = (disk: ImageDisk, first: number, count: number): Uint32Array => {
  const words = new Uint32Array((count * sectorBytes) / 4);
  sure(disk.read(first * sectorBytes, new Uint8Array(words.buffer)), 'read');
  const inSector = sectorBytes / 4;
  return Uint32Array.from({ length: count }, (_, sector) => {
    const stamp = words[sector * inSector] ?? 0;
    if (!words.subarray(sector * inSector, (sector + 1) * inSector).every((word) => word === stamp))
      throw new Error(`sector ${first + sector} is torn`);
    return stamp;
  });
};

const sure = (isDone: boolean, what: string): void => {
  if (!isDone) throw new Error(`it can’t ${what}`);
};
