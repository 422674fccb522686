/** What IDENTIFY DEVICE and IDENTIFY PACKET DEVICE answer: ATA/ATAPI-7 volume 1, 6.16 and 6.17. */
import { type Disk, sectorBytes } from '../../machine/index.ts';
import { mostMultiple, type UnitState } from './unit-state.ts';

export interface Label {
  readonly model: string;
  readonly serial: string;
}

/** Sectors of the geometry that all disks tell: 16 heads, 63 sectors. */
const [heads, sectorsPerTrack] = [16, 63];
const mostCylinders = 16_383;
const firmware = '1.0';

/** Of ranges that are trimmed at once: 64 ranges each. */
export const mostTrimSectors = 8;

export const identifyDisk = (
  into: Uint8Array,
  { model, serial }: Label,
  { sizeBytes, discard }: Pick<Disk, 'sizeBytes' | 'discard'>,
  state: UnitState,
): void => {
  const words = wordsOf(into);
  const sectors = Math.floor(sizeBytes / sectorBytes);
  const cylinders = Math.min(mostCylinders, Math.floor(sectors / (heads * sectorsPerTrack)));
  // What ATA-1 had of bytes on a track and in a sector, and of the buffer, is told as well.
  words.set(0, 0x0040, cylinders, 0, heads, sectorBytes * sectorsPerTrack, sectorBytes);
  words.set(6, sectorsPerTrack);
  words.text(10, 10, serial);
  words.set(20, 3, 512, 4);
  words.text(23, 4, firmware);
  words.text(27, 20, model);
  words.set(47, 0x8000 | mostMultiple, 0, 0x0f00, 0x4000, 0x0200, 0x0200, 0x0007);
  const now = translationOf(sectors, state);
  words.set(54, now.cylinders, state.heads, state.sectors);
  words.double(57, now.cylinders * state.heads * state.sectors);
  words.set(59, state.multiple === 0 ? 0 : 0x100 | state.multiple);
  words.double(60, Math.min(sectors, 0xfff_ffff));
  words.set(63, 0x07 | chosen(state.transferMode, 0x20), 0x0003, 120, 120, 120, 120);
  // ATA-4 to 7.
  words.set(80, 0x00f0, 0x0016);
  // Write cache, look-ahead, NOP; 48 bits, both flushes; FUA. What is on is told apart.
  const settings = (state.hasWriteCache ? 0x20 : 0) | (state.hasLookAhead ? 0x40 : 0);
  words.set(82, 0x4060, 0x7400, 0x4040, 0x4000 | settings, 0x3400, 0x4040);
  words.set(88, 0x3f | chosen(state.transferMode, 0x40));
  // The cable has 80 wires; device 0 passed.
  words.set(93, 0x6001);
  words.double(100, sectors % 2 ** 32);
  words.double(102, Math.floor(sectors / 2 ** 32));
  // ATA8-ACS-2: DATA SET MANAGEMENT.
  if (discard === undefined) return;
  words.set(105, mostTrimSectors);
  words.set(169, 0x0001);
};

/** ATAPI, removable, a CD drive, packets of 12 bytes soon after they are asked for. */
export const identifyCd = (into: Uint8Array, { model, serial }: Label, state: UnitState): void => {
  const words = wordsOf(into);
  words.set(0, 0x85c0);
  words.text(10, 10, serial);
  words.text(23, 4, firmware);
  words.text(27, 20, model);
  words.set(49, 0x0f00, 0, 0x0200, 0x0200, 0x0006);
  words.set(63, 0x07 | chosen(state.transferMode, 0x20), 0x0003, 120, 120, 120, 120);
  words.set(80, 0x0070);
  // PACKET, DEVICE RESET, removable medium are there and on.
  words.set(82, 0x4214, 0x4000, 0x4000, 0x4214, 0x0000, 0x4000);
  words.set(88, 0x3f | chosen(state.transferMode, 0x40));
  words.set(93, 0x6001);
};

/** Cylinders of the geometry that INITIALIZE DEVICE PARAMETERS asked for. */
const translationOf = (sectors: number, state: UnitState): { cylinders: number } => {
  const perCylinder = state.heads * state.sectors;
  return {
    cylinders:
      perCylinder === 0 ? 0 : Math.min(65_535, Math.floor(Math.min(sectors, mostCylinders * heads * sectorsPerTrack) / perCylinder)),
  };
};

/** Which mode of a kind is chosen, in the upper byte: SET FEATURES, transfer modes. */
const chosen = (mode: number, kind: number): number => ((mode & 0xf8) === kind ? 0x100 << (mode & 7) : 0);

const wordsOf = (into: Uint8Array) => {
  into.fill(0, 0, 512);
  const view = new DataView(into.buffer, into.byteOffset);
  return {
    set: (first: number, ...values: readonly number[]): void => {
      for (const [index, value] of values.entries()) view.setUint16(2 * (first + index), value, true);
    },
    double: (first: number, value: number): void => view.setUint32(2 * first, value, true),
    /** Two letters in a word, the first one in its upper half; filled with spaces. */
    text: (first: number, count: number, text: string): void => {
      for (let index = 0; index < 2 * count; index++)
        into[2 * first + (index ^ 1)] = index < text.length ? text.charCodeAt(index) & 0x7f : 0x20;
    },
  };
};
