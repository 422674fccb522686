/** Where a sector is on a diskette, and what looking for one finds: 82077AA, 5.1. */
import { type Disk, sectorBytes } from '../../machine/index.ts';
import { type Format, formatOf } from './formats.ts';
import { Command, St1, St2 } from './registers.ts';
import type { FloppyState } from './state.ts';

/** Why there is none: status bytes 1 and 2. */
export interface Miss {
  readonly st1: number;
  readonly st2: number;
}

const noMark: Miss = { st1: St1.noMark, st2: 0 };
const noData: Miss = { st1: St1.noData, st2: 0 };
const wrongCylinder: Miss = { st1: St1.noData, st2: St2.wrongCylinder };
/** 512 bytes. */
export const sizeCode = 2;

/** Nothing is found at another data rate. */
export const formatAt = (rate: number, disk: Disk | undefined): Format | undefined => {
  const format = disk === undefined ? undefined : formatOf(disk);
  return format?.rates.includes(rate) === true ? format : undefined;
};

/** The byte where the sector under way begins. The heads are where they are, and the command says where they are to be. */
export const locate = (
  { rate, cylinder, head, sector }: FloppyState,
  disk: Disk | undefined,
  heads: number,
  size: number,
): number | Miss => {
  const format = formatAt(rate, disk);
  if (format === undefined || heads >= format.cylinders || head >= format.heads) return noMark;
  if (cylinder !== heads) return wrongCylinder;
  const at = ((cylinder * format.heads + head) * format.sectors + sector - 1) * sectorBytes;
  return sector === 0 || sector > format.sectors || size !== sizeCode || at + sectorBytes > (disk?.sizeBytes ?? 0) ? noData : at;
};

/** What SCAN tells of a sector. Each byte is compared; FFh fits anything: 5.1.9. */
export const compare = (there: Uint8Array, wanted: Uint8Array, opcode: number): number => {
  let order = 0;
  for (let index = 0; index < sectorBytes && order === 0; index++) {
    const [one, other] = [there[index] ?? 0, wanted[index] ?? 0];
    if (one !== 0xff && other !== 0xff) order = one - other;
  }
  const fits = order === 0 || (opcode === Command.scanLow && order < 0) || (opcode === Command.scanHigh && order > 0);
  return fits ? St2.equal : St2.unequal;
};

/** To the next sector, as results have it: 5.1.1, table 5-6. */
export const advance = (floppy: FloppyState, isMultiTrack: boolean): void => {
  if (floppy.sector < (floppy.command[6] ?? 0)) {
    floppy.sector++;
    return;
  }
  floppy.sector = 1;
  if (!isMultiTrack || floppy.head === 1) floppy.cylinder = (floppy.cylinder + 1) & 0xff;
  if (isMultiTrack) floppy.head = 1 - floppy.head;
};
