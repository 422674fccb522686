/** What the card is on PCI, and its registers in memory: QEMU docs/specs/standard-vga, which Linux' bochs-drm was written for. */
import { undriven, type Width, type Window } from '../../machine/index.ts';

/** QEMU's identity of a standard VGA; its second revision has the registers in memory. */
export const vgaCard = {
  ...{ vendor: 0x1234, device: 0x1111, revision: 2, subsystemVendor: 0x1af4, subsystem: 0x1100 },
  /** Display controller, VGA compatible: PCI Code and ID Assignment Specification 1.11, 1.4. */
  class: 0x03_0000,
  frameBuffer: { bar: 0, isPrefetchable: true, usualBytes: 16 * 2 ** 20 },
  registers: { bar: 2, isPrefetchable: false, bytes: 4096 },
} as const;

const Area = { ports: 0x400, portsEnd: 0x420, dispi: 0x500, dispiEnd: 0x516, extension: 0x600, extensionEnd: 0x608 } as const;
/** What the byte-order register holds while the frame buffer is little-endian, which it is. */
const littleEndian = 0x1e1e_1e1e;

export interface Dispi {
  read(index: number): number;
  write(index: number, value: number): void;
}

/** `ports` begins at 3C0h. */
export const registerWindow = (ports: Window, dispi: Dispi): Window => ({
  read: (offset, bytes) => {
    const end = offset + bytes;
    if (offset >= Area.ports && end <= Area.portsEnd) return ports.read(offset - Area.ports, bytes);
    if (offset >= Area.dispi && end <= Area.dispiEnd) return readWords(dispi, offset - Area.dispi, bytes);
    if (offset >= Area.extension && end <= Area.extensionEnd) return readExtension(offset - Area.extension, bytes);
    return undriven(bytes);
  },
  write: (offset, value, bytes) => {
    const end = offset + bytes;
    if (offset >= Area.ports && end <= Area.portsEnd) ports.write(offset - Area.ports, value, bytes);
    else if (offset >= Area.dispi && end <= Area.dispiEnd && offset % 2 === 0)
      for (let at = 0; at < bytes; at += 2) dispi.write((offset - Area.dispi + at) >> 1, (value >>> (8 * at)) & 0xffff);
  },
});

/** The display interface at its two ports: the index at 1CEh, its data at 1CFh and, for who wants it aligned, at 1D0h. */
export const dispiPorts = { first: 0x1ce, count: 4 } as const;

export const dispiWindow = (dispi: Dispi, index: { get(): number; set(value: number): void }): Window => ({
  read: (offset, bytes) => {
    const value = offset === 0 ? index.get() : offset < 3 ? dispi.read(index.get()) : undriven(1);
    return bytes === 1 ? value & 0xff : value;
  },
  write: (offset, value) => {
    if (offset === 0) index.set(value & 0xffff);
    else if (offset < 3) dispi.write(index.get(), value & 0xffff);
  },
});

const readWords = (dispi: Dispi, offset: number, bytes: Width): number => {
  let value = 0;
  for (let at = 0; at < bytes; at++) value += ((dispi.read((offset + at) >> 1) >> (8 * ((offset + at) & 1))) & 0xff) * 2 ** (8 * at);
  return value;
};

/** How long it is, and the byte order. */
const readExtension = (offset: number, bytes: Width): number => {
  let value = 0;
  for (let at = offset; at < offset + bytes; at++) {
    const byte = at < 4 ? (at === 0 ? 8 : 0) : (littleEndian >>> (8 * (at - 4))) & 0xff;
    value += byte * 2 ** (8 * (at - offset));
  }
  return value;
};
