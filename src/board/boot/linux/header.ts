/** The head of a Linux kernel for x86: Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header". */
import { type Elf, endOf } from '../elf.ts';

/** Offsets in the file, the same in what the kernel is given. */
export const Field = {
  ...{ setupSectors: 0x1f1, bootFlag: 0x1fe, jump: 0x200, magic: 0x202, version: 0x206, loader: 0x210, flags: 0x211, entry: 0x214 },
  ...{
    ramdisk: 0x218,
    ramdiskBytes: 0x21c,
    heapEnd: 0x224,
    commandLine: 0x228,
    ramdiskMost: 0x22c,
    alignment: 0x230,
    isRelocatable: 0x234,
    more: 0x236,
  },
  ...{ commandLineMost: 0x238, payload: 0x248, payloadBytes: 0x24c, preferred: 0x258, initBytes: 0x260 },
} as const;

const magic = 0x5372_6448; // HdrS
const sectorBytes = 512;
const usualSectors = 4;
const usualAddress = 0x10_0000;
/** The first whose kernels are loaded above 1 MiB and say how far a ramdisk may reach: 2.4.14. */
const oldest = 0x203;
const isLoadedHigh = 1;

export interface Kernel {
  readonly protocol: 'linux';
  readonly version: number;
  /** What is given back to it, from Field.setupSectors on. */
  readonly header: Uint8Array;
  /** All before that, where it begins there, in real-address mode; undefined: it begins in its protected-mode part. */
  readonly setup: Uint8Array | undefined;
  /** Its protected-mode part. */
  readonly code: Uint8Array;
  /** Where that wants to be, and begins. */
  readonly address: number;
  /** Bytes it needs from there on until it knows its memory. */
  readonly needs: number;
  /** The last byte at which a ramdisk may be. */
  readonly ramdiskMost: number;
  /** Without its final zero. */
  readonly commandLineMost: number;
  /** The kernel proper, packed. */
  readonly payload: Uint8Array | undefined;
  /** What that was unpacked to; undefined: the kernel does it itself. */
  readonly image: Elf | undefined;
}

/** Why a file is no kernel for this machine. */
export type NoKernel = 'no kernel' | 'too old' | 'cut short';

export const isKernel = (file: Uint8Array): boolean =>
  file.length > Field.magic + 4 &&
  viewOf(file).getUint32(Field.magic, true) === magic &&
  viewOf(file).getUint16(Field.bootFlag, true) === 0xaa55;

export const readKernel = (file: Uint8Array): Kernel | NoKernel => {
  if (!isKernel(file)) return 'no kernel';
  const view = viewOf(file);
  const headerEnd = Field.magic + view.getUint8(Field.jump + 1);
  if (file.length < Math.max(headerEnd, Field.initBytes + 4)) return 'cut short';
  const version = view.getUint16(Field.version, true);
  if (version < oldest || (view.getUint8(Field.flags) & isLoadedHigh) === 0) return 'too old';
  const begin = sectorBytes * (1 + (view.getUint8(Field.setupSectors) || usualSectors));
  if (file.length <= begin) return 'cut short';
  const code = file.subarray(begin);
  const has = (since: number): boolean => version >= since;
  const preferred = has(0x20a) ? Number(view.getBigUint64(Field.preferred, true)) : 0;
  const wanted = preferred || view.getUint32(Field.entry, true);
  // Who names no place to be at begins in its setup, which the rest is above 1 MiB for.
  const isSetup = wanted === 0;
  const address = isSetup ? usualAddress : wanted;
  const payload = has(0x208) ? [view.getUint32(Field.payload, true), view.getUint32(Field.payloadBytes, true)] : [];
  const [payloadAt = 0, payloadBytes = 0] = payload;
  if (payloadAt + payloadBytes > code.length) return 'cut short';
  return {
    ...{ protocol: 'linux', version, code, address },
    setup: isSetup ? file.subarray(0, begin) : undefined,
    header: file.slice(Field.setupSectors, headerEnd),
    needs: Math.max(has(0x20a) ? view.getUint32(Field.initBytes, true) : 0, code.length),
    ramdiskMost: view.getUint32(Field.ramdiskMost, true),
    commandLineMost: has(0x206) ? view.getUint32(Field.commandLineMost, true) : 255,
    image: undefined,
    payload: payloadBytes === 0 ? undefined : code.subarray(payloadAt, payloadAt + payloadBytes),
  };
};

/** Of whom Linux' own notes are in its vmlinux: linux/include/linux/elfnote.h, build-salt.h. */
const noteOwner = 'Linux';

/** A vmlinux as it is linked, without a head that says what it wants. Undefined where an ELF file is none. */
export const readVmlinux = (image: Elf): Kernel | undefined => {
  if (image.segments.length === 0 || !image.notes.some(({ owner }) => owner === noteOwner)) return undefined;
  const header = new Uint8Array(0x80);
  const view = new DataView(header.buffer);
  const [version, commandLineMost, ramdiskMost] = [0x20f, 2047, 0x7fff_ffff];
  for (const [field, bytes, value] of [
    [Field.bootFlag, 2, 0xaa55],
    [Field.magic, 4, magic],
    [Field.version, 2, version],
    [Field.flags, 1, isLoadedHigh],
  ] as const)
    for (let byte = 0; byte < bytes; byte++) view.setUint8(field - Field.setupSectors + byte, value >>> (8 * byte));
  const address = Math.min(...image.segments.map(({ at }) => at));
  return {
    ...{ protocol: 'linux', version, header, code: new Uint8Array(), address, needs: endOf(image.segments) - address },
    ...{ ramdiskMost, commandLineMost, setup: undefined, payload: undefined, image },
  };
};

const viewOf = (file: Uint8Array): DataView => new DataView(file.buffer, file.byteOffset, file.byteLength);
