/** What begins by the Multiboot 2 Specification, version 2.0: what it asks for in its header. */
import { readElf, type Sections, type Segment } from '../elf.ts';
import type { PixelWish } from '../given.ts';

const magic = 0xe852_50d6;
/** 3.1: the header is within so many bytes, at a multiple of eight. */
const searched = 32_768;
const i386 = 0;
/** 3.1.2 to 3.1.13. */
const Asks = {
  end: 0,
  information: 1,
  address: 2,
  entry: 3,
  console: 4,
  frameBuffer: 5,
  aligned: 6,
  efi: 7,
  efi32: 8,
  efi64: 9,
  relocatable: 10,
};
const isOptional = 1;
/** 3.6: what there is to tell. */
export const Tells = {
  end: 0,
  words: 1,
  loader: 2,
  module: 3,
  memory: 4,
  map: 6,
  frameBuffer: 8,
  sections: 9,
  rsdpOld: 14,
  rsdpNew: 15,
} as const;
/** Not the disk it came from, for it came from none, nor what only EFI or APM has. */
const told: readonly number[] = Object.values(Tells);

export interface Multiboot2 {
  readonly protocol: 'multiboot2';
  readonly entry: number;
  readonly segments: readonly Segment[];
  readonly sections: Sections | undefined;
  /** Pixels that it wants instead of text. */
  readonly frameBuffer: PixelWish | undefined;
}

export type NoMultiboot2 = 'no multiboot' | 'cut short' | { readonly wants: string };

export const readMultiboot2 = (file: Uint8Array): Multiboot2 | NoMultiboot2 => {
  const at = headerIn(file);
  if (at === undefined) return 'no multiboot';
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (view.getUint32(at + 4, true) !== i386) return { wants: 'a processor that is no x86' };
  const end = at + view.getUint32(at + 8, true);
  if (end > file.length) return 'cut short';
  let [address, entry, frameBuffer]: [number | undefined, number | undefined, PixelWish | undefined] = [undefined, undefined, undefined];
  for (let tag = at + 16; tag + 8 <= end; ) {
    const [kind, flags, bytes] = [view.getUint16(tag, true), view.getUint16(tag + 2, true), view.getUint32(tag + 4, true)];
    if (kind === Asks.end) break;
    if (bytes < 8 || tag + bytes > end) return 'cut short';
    const isWanted = (flags & isOptional) === 0;
    if (bytes < (fewest[kind] ?? 8)) return 'cut short';
    switch (kind) {
      case Asks.information:
        for (let one = tag + 8; one + 4 <= tag + bytes; one += 4) {
          const what = view.getUint32(one, true);
          if (isWanted && !told.includes(what)) return { wants: `to be told what tag ${what} has` };
        }
        break;
      case Asks.address:
        address = tag;
        break;
      case Asks.entry:
        entry = view.getUint32(tag + 8, true);
        break;
      case Asks.frameBuffer: {
        const [width, height, depth] = [8, 12, 16].map((offset) => view.getUint32(tag + offset, true)) as [number, number, number];
        frameBuffer = { width, height, depth };
        break;
      }
      case Asks.efi:
        if (isWanted) return { wants: 'EFI, which this firmware isn’t' };
        break;
      // Text there is, pages are what modules are aligned to, EFI's own entries are for EFI, and where it was linked for is as good as any place.
      case Asks.console:
      case Asks.aligned:
      case Asks.efi32:
      case Asks.efi64:
      case Asks.relocatable:
        break;
      default:
        if (isWanted) return { wants: `what its header’s tag ${kind} asks for` };
    }
    tag += Math.ceil(bytes / 8) * 8;
  }
  const elf = readElf(file);
  const sections = elf?.sections;
  if (address !== undefined) {
    const segment = segmentBy(view, file, at, address);
    return segment === undefined
      ? 'cut short'
      : { protocol: 'multiboot2', entry: entry ?? segment.at, segments: [segment], sections, frameBuffer };
  }
  if (elf === undefined || elf.segments.length === 0) return 'cut short';
  return { protocol: 'multiboot2', entry: entry ?? elf.entry, segments: elf.segments, sections, frameBuffer };
};

/** Bytes of tags that have something. */
const fewest: Readonly<Record<number, number>> = { [Asks.address]: 24, [Asks.entry]: 12, [Asks.frameBuffer]: 20 };

/** 3.1.5: by the tag at `tag`; -1 as where it is in the file means its beginning. */
const segmentBy = (view: DataView, file: Uint8Array, header: number, tag: number): Segment | undefined => {
  const [headerAt, begin, end, bssEnd] = [8, 12, 16, 20].map((offset) => view.getUint32(tag + offset, true)) as [
    number,
    number,
    number,
    number,
  ];
  const offset = begin === 0xffff_ffff ? 0 : header - (headerAt - begin);
  const at = begin === 0xffff_ffff ? headerAt - header : begin;
  const length = end === 0 ? file.length - offset : end - at;
  if (at < 0 || offset < 0 || length < 0 || offset + length > file.length) return undefined;
  return { at, data: file.subarray(offset, offset + length), bytes: bssEnd === 0 ? length : Math.max(length, bssEnd - at) };
};

const headerIn = (file: Uint8Array): number | undefined => {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 0; at + 16 <= Math.min(file.length, searched); at += 8) {
    if (view.getUint32(at, true) !== magic) continue;
    const sum = [4, 8, 12].reduce((total, offset) => total + view.getUint32(at + offset, true), magic);
    if (sum % 2 ** 32 === 0) return at;
  }
  return undefined;
};
