/** Puts what begins by Multiboot into memory, with its modules and what it is told: Multiboot Specification 0.6.96, 3.2 and 3.3. */
import { type Ram, setFlat } from '../../../cpu/index.ts';
import { State } from '../../../isa/index.ts';
import { type Layout, type Range, reserved } from '../../layout.ts';
import { endOf } from '../elf.ts';
import { type Enter, type Given, type Misfit, placeSegments } from '../given.ts';
import type { Multiboot } from './header.ts';

/** Low, as QEMU has it: what is loaded makes room for itself below the adapters. */
const Place = { info: 0x9000, modules: 0x9100, map: 0x9400, name: 0x9800, words: 0x9900, wordsEnd: 0xf000 } as const;
const Info = {
  flags: 0,
  lower: 4,
  upper: 8,
  commandLine: 16,
  moduleCount: 20,
  modules: 24,
  mapBytes: 44,
  map: 48,
  name: 64,
  bytes: 116,
} as const;
const Flag = { memory: 1, commandLine: 4, modules: 8, map: 64, name: 512 } as const;
const pageBytes = 4096;
const kib = 1024;
const eax = 0x2bad_b002;

export const loadMultiboot = (
  ram: Ram,
  { memory, usable }: Layout,
  program: Multiboot,
  { commandLine, modules }: Given,
): Enter | Misfit => {
  const end = memory[1]?.end ?? 0;
  const programEnd = endOf(program.segments);
  const placed = placeModules(modules, programEnd);
  const lastEnd = placed.at(-1)?.end ?? programEnd;
  if (lastEnd > end) return { misfit: 'memory', bytes: lastEnd };
  if (commandLine.length >= Place.wordsEnd - Place.words) return { misfit: 'command line', bytes: Place.wordsEnd - Place.words - 1 };
  const misfit = placeSegments(ram, program.segments);
  if (misfit !== undefined) return misfit;
  for (const [index, module] of modules.entries()) ram.write(placed[index]?.begin ?? 0, module);
  ram.write(Place.words, Uint8Array.of(...commandLine, 0));
  ram.write(
    Place.name,
    Uint8Array.from('isola\0', (letter) => letter.charCodeAt(0)),
  );
  for (const [index, { begin, end }] of placed.entries())
    for (const [offset, value] of [begin, end, Place.words, 0].entries()) ram.write32(Place.modules + 16 * index + 4 * offset, value);
  for (const [index, { begin, end }] of usable.entries()) {
    const at = Place.map + 24 * index;
    ram.write32(at, 20);
    ram.write64(at + 4, BigInt(begin));
    ram.write64(at + 12, BigInt(end - begin));
    ram.write32(at + 20, 1);
  }
  const told = [
    [Info.flags, Flag.memory | Flag.commandLine | Flag.map | Flag.name | (modules.length > 0 ? Flag.modules : 0)],
    [Info.lower, reserved.begin / kib],
    [Info.upper, (end - 2 ** 20) / kib],
    [Info.commandLine, Place.words],
    [Info.moduleCount, modules.length],
    [Info.modules, Place.modules],
    [Info.mapBytes, 24 * usable.length],
    [Info.map, Place.map],
    [Info.name, Place.name],
  ] as const;
  ram.write(Place.info, new Uint8Array(Info.bytes));
  for (const [offset, value] of told) ram.write32(Place.info + offset, value);
  return enter(program.entry);
};

const placeModules = (modules: readonly Uint8Array[], from: number): readonly Range[] => {
  let at = from;
  return modules.map(({ length }) => {
    const begin = Math.ceil(at / pageBytes) * pageBytes;
    at = begin + length;
    return { begin, end: at };
  });
};

/** 3.2: protected mode, flat, no interrupts; EAX tells by whom it was loaded, EBX where what it is told is. */
const enter =
  (entry: number): Enter =>
  (state) => {
    state.setBigUint64(State.cr0, 0x11n, true);
    setFlat(state, 32);
    state.setBigUint64(State.rip, BigInt(entry), true);
    state.setBigUint64(State.gpr, BigInt(eax), true);
    state.setBigUint64(State.gpr + 8 * 3, BigInt(Place.info), true);
  };
