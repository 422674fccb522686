/**
 * Bochs' display interface, which QEMU and VirtualBox have, too: Bochs' "VBE Display API" 0.6, QEMU docs/specs/standard-vga.
 * What a guest asks for and can't have becomes what it can, when it is enabled and after; it reads it back.
 */
import type { DispiState } from './state.ts';
import { newest } from './state.ts';

const Index = {
  id: 0,
  width: 1,
  height: 2,
  depth: 3,
  enable: 4,
  bank: 5,
  virtualWidth: 6,
  virtualHeight: 7,
  x: 8,
  y: 9,
  memory: 10,
} as const;
export const Enable = { on: 0x01, caps: 0x02, dac8: 0x20, linear: 0x40, keep: 0x80 } as const;
const oldest = 0xb0c0;
/** Banks are as large as the window at A0000h. */
const bankBytes = 0x1_0000;
/** QEMU's: more than any guest asks for, so that all widths fit into 16 bits. */
const most = { width: 16_000, height: 12_000, depth: 32 } as const;
const depths: readonly number[] = [4, 8, 15, 16, 24, 32];

export const isOn = ({ enable }: DispiState): boolean => (enable & Enable.on) !== 0;
/** Whether the window at A0000h is a piece of the frame buffer: 4-bit modes are planar. */
export const isLinear = (dispi: DispiState): boolean => isOn(dispi) && dispi.depth !== 4;

/** Bytes from one line to the next; of 4-bit modes in each plane. */
export const pitchOf = ({ depth, virtualWidth }: DispiState): number =>
  depth === 4 ? virtualWidth >> 3 : virtualWidth * ((depth + 7) >> 3);

/** Of video memory what a picture from its beginning takes. */
export const shownBytes = (dispi: DispiState): number => dispi.height * pitchOf(dispi) * (dispi.depth === 4 ? 4 : 1);

export const readDispi = (dispi: DispiState, index: number, memoryBytes: number): number => {
  const asksLimits = (dispi.enable & Enable.caps) !== 0;
  switch (index) {
    case Index.id:
      return dispi.id;
    case Index.width:
      return asksLimits ? most.width : dispi.width;
    case Index.height:
      return asksLimits ? most.height : dispi.height;
    case Index.depth:
      return asksLimits ? most.depth : dispi.depth;
    case Index.enable:
      return dispi.enable;
    case Index.bank:
      return dispi.bank;
    case Index.virtualWidth:
      return dispi.virtualWidth;
    case Index.virtualHeight:
      return dispi.virtualHeight;
    case Index.x:
      return dispi.x;
    case Index.y:
      return dispi.y;
    case Index.memory:
      return memoryBytes / bankBytes;
    default:
      return 0;
  }
};

/** True where video memory is to be cleared. */
export const writeDispi = (dispi: DispiState, index: number, value: number, memoryBytes: number): boolean => {
  switch (index) {
    case Index.id:
      if (value >= oldest && value <= newest) dispi.id = value;
      return false;
    case Index.enable:
      return enable(dispi, value, memoryBytes);
    case Index.width:
      dispi.width = value;
      break;
    case Index.height:
      dispi.height = value;
      break;
    case Index.depth:
      dispi.depth = value;
      break;
    case Index.bank:
      dispi.bank = value;
      break;
    case Index.virtualWidth:
      dispi.virtualWidth = value;
      break;
    case Index.x:
      dispi.x = value;
      break;
    case Index.y:
      dispi.y = value;
      break;
  }
  fit(dispi, memoryBytes);
  return false;
};

const enable = (dispi: DispiState, value: number, memoryBytes: number): boolean => {
  const begins = (value & Enable.on) !== 0 && !isOn(dispi);
  dispi.enable = value;
  if (begins) Object.assign(dispi, { virtualWidth: 0, x: 0, y: 0 });
  if (!isOn(dispi)) dispi.bank = 0;
  fit(dispi, memoryBytes);
  return begins && (value & Enable.keep) === 0;
};

/** What doesn't fit into video memory is cut: the height, and of where the picture begins first the line, then the column. As QEMU does it. */
export const fit = (dispi: DispiState, memoryBytes: number): void => {
  dispi.bank %= memoryBytes / bankBytes;
  if (!isOn(dispi)) return;
  if (!depths.includes(dispi.depth)) dispi.depth = 8;
  dispi.width = Math.min(Math.max(dispi.width & ~7, 8), most.width);
  dispi.virtualWidth = Math.max(Math.min(dispi.virtualWidth, most.width) & ~7, dispi.width);
  const planes = dispi.depth === 4 ? 4 : 1;
  const lineBytes = pitchOf(dispi) * planes;
  const lines = Math.floor(memoryBytes / lineBytes);
  dispi.height = Math.min(Math.max(dispi.height, 1), most.height, lines);
  dispi.virtualHeight = Math.min(lines, 0xffff);
  dispi.x = Math.min(dispi.x, most.width);
  dispi.y = Math.min(dispi.y, most.height);
  const columnBytes = Math.floor((dispi.x * lineBytes) / dispi.virtualWidth);
  const fits = (): boolean => columnBytes + (dispi.y + dispi.height) * lineBytes <= memoryBytes;
  if (!fits()) dispi.y = 0;
  if (!fits()) dispi.x = 0;
};
