/** Puts what begins by PVH into memory, with its modules and what it is told: Xen's docs/misc/pvh.pandoc and xen/include/public/arch-x86/hvm/start_info.h. */
import type { Ram } from '../../../cpu/index.ts';
import { endOf } from '../elf.ts';
import { type Enter, enterFlat } from '../enter.ts';
import type { Given, Misfit, Surveyed } from '../given.ts';
import { Pieces, placeModules, placeSegments, roomBeside, textBytes } from '../place.ts';
import type { Pvh } from './note.ts';

const roomBytes = 0xf000;
const startMagic = 0x336e_c578;
const startBytes = 56;
const entryBytes = { module: 32, range: 24 } as const;

export const loadPvh = (ram: Ram, surveyed: Surveyed, program: Pvh, { commandLine, modules }: Given): Enter | Misfit => {
  const { ranges, rsdp } = surveyed;
  const misfit = placeSegments(ram, program.segments);
  if (misfit !== undefined) return misfit;
  const placed = placeModules(ram, surveyed, modules, endOf(program.segments));
  if ('misfit' in placed) return placed;
  const at = roomBeside(program.segments, roomBytes);
  if (at === undefined) return { misfit: 'place', bytes: 0x9_0000 };
  const pieces = new Pieces(ram, at, at + roomBytes);
  const fixed = startBytes + ranges.length * entryBytes.range;
  const words = modules.reduce((sum, module) => sum + textBytes(module.words) + entryBytes.module, fixed);
  if (words > pieces.left) return { misfit: 'modules', bytes: pieces.left };
  if (textBytes(commandLine) > pieces.left - words) return { misfit: 'command line', bytes: pieces.left - words - 8 };
  const list = new DataView(new ArrayBuffer(entryBytes.module * modules.length));
  for (const [index, { begin, end }] of placed.entries())
    for (const [part, value] of [begin, end - begin, pieces.putText(modules[index]?.words ?? new Uint8Array()), 0].entries())
      list.setBigUint64(entryBytes.module * index + 8 * part, BigInt(value), true);
  const map = new DataView(new ArrayBuffer(entryBytes.range * ranges.length));
  for (const [index, { begin, end, kind }] of ranges.entries()) {
    map.setBigUint64(entryBytes.range * index, BigInt(begin), true);
    map.setBigUint64(entryBytes.range * index + 8, BigInt(end - begin), true);
    map.setUint32(entryBytes.range * index + 16, kind, true);
  }
  const start = new DataView(new ArrayBuffer(startBytes));
  for (const [at, value] of [
    [0, startMagic],
    [4, 1],
    [12, modules.length],
    [48, ranges.length],
  ] as const)
    start.setUint32(at, value, true);
  for (const [at, value] of [
    [16, pieces.put(new Uint8Array(list.buffer))],
    [24, pieces.putText(commandLine)],
    [32, rsdp?.at ?? 0],
    [40, pieces.put(new Uint8Array(map.buffer))],
  ] as const)
    start.setBigUint64(at, BigInt(value), true);
  return enterFlat({ at: program.entry, registers: { ebx: pieces.put(new Uint8Array(start.buffer)) } });
};
