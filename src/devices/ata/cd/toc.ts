/** READ TOC/PMA/ATIP and what else tells about a disc of one data track: MMC-5, 6.26. */
import { msfOf } from './address.ts';

const Track = { first: 1, leadOut: 0xaa } as const;
/** A data track, its position in the Q channel: 6.26.2.4. */
const dataTrack = 0x14;
const Format = { toc: 0, session: 1, full: 2 } as const;

/** How many bytes it is; undefined for what no such disc has. */
export const tellToc = (into: Uint8Array, packet: Uint8Array, sectors: number): number | undefined => {
  const isMsf = ((packet[1] ?? 0) & 2) !== 0;
  const at = (lba: number): number => (isMsf ? msfOf(lba) : lba);
  // Where it isn't said in byte 2 it is in the upper bits of byte 9, as SFF-8020 had it.
  switch ((packet[2] ?? 0) & 0x0f || (packet[9] ?? 0) >> 6) {
    case Format.toc:
      return tracks(into, packet[6] ?? 0, at, sectors);
    case Format.session:
      return finish(into, [[0, dataTrack, Track.first, 0, at(0)]]);
    case Format.full:
      return fullToc(into, sectors);
    default:
      return undefined;
  }
};

const tracks = (into: Uint8Array, first: number, at: (lba: number) => number, sectors: number): number | undefined => {
  if (first > Track.first && first !== Track.leadOut) return undefined;
  const rows: Row[] = first <= Track.first ? [[0, dataTrack, Track.first, 0, at(0)]] : [];
  return finish(into, [...rows, [0, dataTrack, Track.leadOut, 0, at(sectors)]]);
};

type Row = readonly [reserved: number, control: number, track: number, reserved: number, address: number];

const finish = (into: Uint8Array, rows: readonly Row[]): number => {
  const view = new DataView(into.buffer, into.byteOffset);
  const length = 4 + 8 * rows.length;
  view.setUint16(0, length - 2);
  into[2] = Track.first;
  into[3] = Track.first;
  for (const [index, [, control, track, , address]] of rows.entries()) {
    view.setUint32(4 + 8 * index, (control << 16) | (track << 8));
    view.setUint32(8 + 8 * index, address);
  }
  return length;
};

/** What the lead-in holds: first and last track, lead-out, and each track. 6.26.3.4 */
const fullToc = (into: Uint8Array, sectors: number): number => {
  const points = [
    [0xa0, Track.first << 16],
    [0xa1, Track.first << 16],
    [0xa2, msfOf(sectors)],
    [Track.first, msfOf(0)],
  ] as const;
  into[2] = 1;
  into[3] = 1;
  for (const [index, [point, address]] of points.entries()) {
    const row = 4 + 11 * index;
    into.set([1, dataTrack, 0, point, 0, 0, 0, 0, address >> 16, (address >> 8) & 0xff, address & 0xff], row);
  }
  const length = 4 + 11 * points.length;
  new DataView(into.buffer, into.byteOffset).setUint16(0, length - 2);
  return length;
};

/** READ DISC INFORMATION: complete, of one session and one track. 6.22 */
export const tellDisc = (into: Uint8Array): number => {
  into.fill(0, 0, 34);
  into.set([0, 32, 0x0e, 1, 1, 1, 1, 0x20], 0);
  into.fill(0xff, 16, 24);
  return 34;
};

/** READ SUB-CHANNEL: no audio is played. 6.25 */
export const tellSubChannel = (into: Uint8Array, packet: Uint8Array): number | undefined => {
  const hasData = ((packet[2] ?? 0) & 0x40) !== 0;
  const format = packet[3] ?? 0;
  if (hasData && (format === 0 || format > 3)) return undefined;
  const length = hasData ? 16 : 4;
  into.fill(0, 0, 24);
  into[1] = 0x15;
  if (!hasData) return length;
  into[3] = format === 1 ? 12 : 20;
  into[4] = format;
  into[5] = dataTrack;
  into[6] = Track.first;
  return format === 1 ? 16 : 24;
};
