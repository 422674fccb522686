/** Which sectors registers name: ATA/ATAPI-7 volume 1, 6.2, and CHS as ATA-5, 6.2 has it. */
import { DeviceBits } from './registers.ts';
import type { UnitState } from './unit-state.ts';

export const firstOf = (state: UnitState, is48: boolean): number | undefined => {
  const { low, mid, high, device, heads, sectors } = state;
  const head = device & DeviceBits.head;
  if (is48) return low + mid * 2 ** 8 + high * 2 ** 16 + state.lowBefore * 2 ** 24 + state.midBefore * 2 ** 32 + state.highBefore * 2 ** 40;
  if ((device & DeviceBits.lba) !== 0) return low + mid * 2 ** 8 + high * 2 ** 16 + head * 2 ** 24;
  // Sectors are counted from 1.
  if (low === 0 || low > sectors || head >= heads) return undefined;
  return ((mid + high * 2 ** 8) * heads + head) * sectors + low - 1;
};

/** None is as many as there can be. */
export const countOf = ({ count, countBefore }: UnitState, is48: boolean): number =>
  is48 ? count + countBefore * 2 ** 8 || 65_536 : count || 256;

/** Has the registers name a sector. */
export const tellAddress = (state: UnitState, lba: number, is48: boolean): void => {
  const { heads, sectors } = state;
  const byte = (index: number): number => Math.floor(lba / 2 ** (8 * index)) & 0xff;
  if (is48)
    Object.assign(state, { low: byte(0), mid: byte(1), high: byte(2), lowBefore: byte(3), midBefore: byte(4), highBefore: byte(5) });
  else if ((state.device & DeviceBits.lba) !== 0)
    Object.assign(state, {
      low: byte(0),
      mid: byte(1),
      high: byte(2),
      device: (state.device & ~DeviceBits.head) | (byte(3) & DeviceBits.head),
    });
  else {
    const track = Math.floor(lba / Math.max(1, sectors));
    const cylinder = Math.floor(track / Math.max(1, heads));
    const head = track % Math.max(1, heads);
    Object.assign(state, {
      low: (lba % Math.max(1, sectors)) + 1,
      mid: cylinder & 0xff,
      high: (cylinder >> 8) & 0xff,
      device: (state.device & ~DeviceBits.head) | (head & DeviceBits.head),
    });
  }
};
