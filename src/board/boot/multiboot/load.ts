/** Puts what begins by Multiboot into memory, with its modules and what it is told: Multiboot Specification 0.6.96, 3.2 and 3.3. */
import type { Ram } from '../../../cpu/index.ts';
import { reserved } from '../../layout.ts';
import { endOf } from '../elf.ts';
import { type Enter, enterFlat } from '../enter.ts';
import { type Given, type Misfit, roomEnd, type Surveyed } from '../given.ts';
import { loaderName, Pieces, placeModules, placeSegments, roomBeside, textBytes } from '../place.ts';
import type { Multiboot } from './header.ts';

/** Low, as QEMU has it, where it can be: what is loaded makes room for itself below the adapters. */
const low = 0x9000;
const roomBytes = 0x6000;
const Info = { flags: 0, lower: 4, upper: 8, commandLine: 16, moduleCount: 20, modules: 24, mapBytes: 44, map: 48, name: 64, bytes: 116 };
const Flag = { memory: 1, commandLine: 4, modules: 8, map: 64, name: 512 } as const;
const moduleBytes = 16;
const kib = 1024;
const eax = 0x2bad_b002;

export const loadMultiboot = (ram: Ram, surveyed: Surveyed, program: Multiboot, { commandLine, modules }: Given): Enter | Misfit => {
  const { ranges } = surveyed;
  const misfit = placeSegments(ram, program.segments);
  if (misfit !== undefined) return misfit;
  const placed = placeModules(ram, surveyed, modules, endOf(program.segments));
  if ('misfit' in placed) return placed;
  const at = roomBeside(program.segments, roomBytes, low);
  if (at === undefined) return { misfit: 'place', bytes: low };
  const pieces = new Pieces(ram, at, at + roomBytes);
  const info = pieces.put(new Uint8Array(Info.bytes));
  const map = new DataView(new ArrayBuffer(24 * ranges.length));
  for (const [index, { begin, end, kind }] of ranges.entries()) {
    const entry = 24 * index;
    map.setUint32(entry, 20, true);
    map.setBigUint64(entry + 4, BigInt(begin), true);
    map.setBigUint64(entry + 12, BigInt(end - begin), true);
    map.setUint32(entry + 20, kind, true);
  }
  const mapAt = pieces.put(new Uint8Array(map.buffer));
  const name = pieces.putText(loaderName);
  const words = modules.reduce((sum, module) => sum + textBytes(module.words) + moduleBytes, 0);
  if (words > pieces.left) return { misfit: 'modules', bytes: pieces.left };
  if (textBytes(commandLine) > pieces.left - words) return { misfit: 'command line', bytes: pieces.left - words - 8 };
  const table = new DataView(new ArrayBuffer(moduleBytes * modules.length));
  for (const [index, { begin, end }] of placed.entries())
    for (const [part, value] of [begin, end, pieces.putText(modules[index]?.words ?? new Uint8Array()), 0].entries())
      table.setUint32(moduleBytes * index + 4 * part, value, true);
  const told = [
    [Info.flags, Flag.memory | Flag.commandLine | Flag.map | Flag.name | (modules.length > 0 ? Flag.modules : 0)],
    [Info.lower, reserved.begin / kib],
    [Info.upper, (roomEnd(surveyed) - 2 ** 20) / kib],
    [Info.commandLine, pieces.putText(commandLine)],
    [Info.moduleCount, modules.length],
    [Info.modules, pieces.put(new Uint8Array(table.buffer))],
    [Info.mapBytes, map.byteLength],
    [Info.map, mapAt],
    [Info.name, name],
  ] as const;
  for (const [offset, value] of told) ram.write32(info + offset, value);
  return enterFlat({ at: program.entry, registers: { eax, ebx: info } });
};
