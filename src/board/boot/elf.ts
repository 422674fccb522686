/** What of an ELF file is loaded: System V ABI, Object Files; of 32 or 64 bits, little-endian, for x86. */

export interface Segment {
  readonly at: number;
  /** Bytes of the file; the rest up to `bytes` is zeros. */
  readonly data: Uint8Array;
  readonly bytes: number;
}

export interface Elf {
  readonly bits: 32 | 64;
  readonly entry: number;
  readonly segments: readonly Segment[];
}

const Ident = { class: 4, data: 5 } as const;
const classes: Readonly<Record<number, 32 | 64>> = { 1: 32, 2: 64 };
const littleEndian = 1;
const machines: readonly number[] = [3, 62];
const load = 1;
/** No program has more. */
const mostSegments = 64;

/** By physical addresses. Undefined where it is no such file, or is cut short. */
export const readElf = (file: Uint8Array): Elf | undefined => {
  if (file.length < 64 || String.fromCharCode(...file.subarray(0, 4)) !== '\x7fELF' || file[Ident.data] !== littleEndian) return undefined;
  const bits = classes[file[Ident.class] ?? 0];
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (bits === undefined || !machines.includes(view.getUint16(18, true))) return undefined;
  const long = (at: number): number => (bits === 64 ? Number(view.getBigUint64(at, true)) : view.getUint32(at, true));
  const [entry, table] = bits === 64 ? [long(24), long(32)] : [long(24), long(28)];
  const [entryBytes, count] =
    bits === 64 ? [view.getUint16(54, true), view.getUint16(56, true)] : [view.getUint16(42, true), view.getUint16(44, true)];
  if (count > mostSegments || table + count * entryBytes > file.length || entryBytes < (bits === 64 ? 56 : 32)) return undefined;
  const segments: Segment[] = [];
  for (let index = 0; index < count; index++) {
    const at = table + index * entryBytes;
    if (view.getUint32(at, true) !== load) continue;
    const [offset, physical, inFile, inMemory] =
      bits === 64
        ? [long(at + 8), long(at + 24), long(at + 32), long(at + 40)]
        : [long(at + 4), long(at + 12), long(at + 16), long(at + 20)];
    if (offset + inFile > file.length || inFile > inMemory) return undefined;
    segments.push({ at: physical, data: file.subarray(offset, offset + inFile), bytes: inMemory });
  }
  return { bits, entry, segments };
};
