/** What begins by the Multiboot Specification, version 0.6.96: kernels of many systems, Xen, kvm-unit-tests. */
import { readElf, type Segment } from '../elf.ts';

const protocol = 'multiboot';
const magic = 0x1bad_b002;
/** 3.1: the header is within so many bytes, at a multiple of four. */
const searched = 8192;
const Flag = { aligned: 1, memory: 2, video: 4, addresses: 0x1_0000, known: 0x1_0007 } as const;

export interface Multiboot {
  readonly protocol: 'multiboot';
  readonly entry: number;
  readonly segments: readonly Segment[];
}

export type NoMultiboot = 'no multiboot' | 'wants more' | 'cut short';

export const readMultiboot = (file: Uint8Array): Multiboot | NoMultiboot => {
  const at = headerIn(file);
  if (at === undefined) return 'no multiboot';
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const flags = view.getUint32(at + 4, true);
  // 3.1.1: what of the lower half isn't understood must be refused.
  if ((flags & 0xffff & ~Flag.known) !== 0) return 'wants more';
  if ((flags & Flag.addresses) === 0) {
    const elf = readElf(file);
    return elf === undefined || elf.segments.length === 0 ? 'cut short' : { protocol, entry: elf.entry, segments: elf.segments };
  }
  const [header = 0, begin = 0, end = 0, bssEnd = 0, entry = 0] = [12, 16, 20, 24, 28].map((offset) => view.getUint32(at + offset, true));
  const offset = at - (header - begin);
  const length = end === 0 ? file.length - offset : end - begin;
  if (offset < 0 || length < 0 || offset + length > file.length) return 'cut short';
  const data = file.subarray(offset, offset + length);
  return { protocol, entry, segments: [{ at: begin, data, bytes: bssEnd === 0 ? length : Math.max(length, bssEnd - begin) }] };
};

const headerIn = (file: Uint8Array): number | undefined => {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 0; at + 32 <= Math.min(file.length, searched); at += 4) {
    if (view.getUint32(at, true) !== magic) continue;
    if (((magic + view.getUint32(at + 4, true) + view.getUint32(at + 8, true)) & 0xffff_ffff) === 0) return at;
  }
  return undefined;
};
