/** Puts what begins by Multiboot 2 into memory, with its modules and what it is told: Multiboot 2 Specification 2.0, 3.5 and 3.6. */
import type { Ram } from '../../../cpu/index.ts';
import { reserved } from '../../layout.ts';
import { endOf } from '../elf.ts';
import { type Enter, enterFlat } from '../enter.ts';
import { type Given, type Misfit, type Pixels, roomEnd, type Surveyed } from '../given.ts';
import { loaderName, Pieces, placeModules, placeSegments, roomBeside } from '../place.ts';
import { type Multiboot2, Tells } from './header.ts';
import { placeSections } from './sections.ts';

const roomBytes = 0xf000;
const kib = 1024;
const eax = 0x36d7_6289;
const Shows = { pixels: 1, text: 2 } as const;
/** As a PC's firmware leaves it: 80 × 25 characters with their colours. */
const text = { at: 0xb_8000, pitch: 160, width: 80, height: 25, depth: 16 } as const;

export const loadMultiboot2 = (ram: Ram, surveyed: Surveyed, program: Multiboot2, { commandLine, modules }: Given): Enter | Misfit => {
  const misfit = placeSegments(ram, program.segments);
  if (misfit !== undefined) return misfit;
  const sections = program.sections && placeSections(ram, program.sections, endOf(program.segments));
  const placed = placeModules(ram, surveyed, modules, sections?.end ?? endOf(program.segments));
  if ('misfit' in placed) return placed;
  const moduleTags = placed.map(({ begin, end }, index) =>
    tag(Tells.module, double(begin), double(end), modules[index]?.words ?? new Uint8Array(), zero),
  );
  const tags = [
    tag(Tells.words, commandLine, zero),
    tag(Tells.loader, loaderName, zero),
    tag(Tells.memory, double(reserved.begin / kib), double((roomEnd(surveyed) - 2 ** 20) / kib)),
    mapTag(surveyed),
    ...moduleTags,
    ...(sections === undefined ? [] : [tag(Tells.sections, sections.told)]),
    ...rsdpTags(surveyed),
    pixelTag(program.frameBuffer && surveyed.show(program.frameBuffer)),
    tag(Tells.end),
  ];
  const bytes = tags.reduce((sum, one) => sum + one.length, 8);
  const at = roomBeside(program.segments, roomBytes);
  if (at === undefined) return { misfit: 'place', bytes: 0x9_0000 };
  const pieces = new Pieces(ram, at, at + roomBytes);
  if (bytes > pieces.left) {
    const longest = moduleTags.reduce((sum, one) => sum + one.length, 0) > commandLine.length ? 'modules' : 'command line';
    return { misfit: longest, bytes: Math.max(0, pieces.left - bytes + commandLine.length) };
  }
  const info = pieces.put(joined(double(bytes), double(0), ...tags));
  return enterFlat({ at: program.entry, registers: { eax, ebx: info } });
};

const mapTag = ({ ranges }: Surveyed): Uint8Array => {
  const entryBytes = 24;
  const map = new DataView(new ArrayBuffer(entryBytes * ranges.length));
  for (const [index, { begin, end, kind }] of ranges.entries()) {
    map.setBigUint64(entryBytes * index, BigInt(begin), true);
    map.setBigUint64(entryBytes * index + 8, BigInt(end - begin), true);
    map.setUint32(entryBytes * index + 16, kind, true);
  }
  return tag(Tells.map, double(entryBytes), double(0), new Uint8Array(map.buffer));
};

/** Copies, of the first version and, where it is one, of a later one: ACPI Specification 6.5, 5.2.5.3. */
const rsdpTags = ({ rsdp }: Surveyed): readonly Uint8Array[] => {
  if (rsdp === undefined) return [];
  const [revision, rsdt, oldBytes] = [rsdp.bytes[15] ?? 0, rsdp.bytes.subarray(16, 20), 20];
  const old = rsdt.some((byte) => byte !== 0) ? [tag(Tells.rsdpOld, rsdp.bytes.subarray(0, oldBytes))] : [];
  return revision < 2 ? old : [...old, tag(Tells.rsdpNew, rsdp.bytes)];
};

/** 3.6.12. Of pixels of 15 and 16 bits green is where it is on VESA's. */
const pixelTag = (pixels: Pixels | undefined): Uint8Array => {
  const { at, pitch, width, height, depth } = pixels ?? text;
  const kind = pixels === undefined ? Shows.text : Shows.pixels;
  const colours = { 15: [10, 5, 5, 5, 0, 5], 16: [11, 5, 5, 6, 0, 5] }[depth] ?? [16, 8, 8, 8, 0, 8];
  return tag(
    Tells.frameBuffer,
    ...[double(at), double(0), double(pitch), double(width), double(height), Uint8Array.of(depth, kind, 0, 0)],
    Uint8Array.from(pixels === undefined ? [] : colours),
  );
};

const zero = Uint8Array.of(0);

const double = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);

/** From a multiple of eight to the next: 3.4.1. */
const tag = (kind: number, ...parts: readonly Uint8Array[]): Uint8Array => {
  const bytes = parts.reduce((sum, { length }) => sum + length, 8);
  return joined(double(kind), double(bytes), ...parts, new Uint8Array((8 - (bytes % 8)) % 8));
};

const joined = (...parts: readonly Uint8Array[]): Uint8Array => {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};
