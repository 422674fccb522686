/**
 * Puts a Linux kernel into memory, with all that it is told: by its 32-bit boot protocol where it unpacks itself, by its 64-bit one, or
 * the 32-bit one again, where its image was unpacked before. Documentation/arch/x86/boot.rst.
 */
import { Cr4, Efer, type Ram, setFlat } from '../../../cpu/index.ts';
import { State } from '../../../isa/index.ts';
import { endOf, type Segment } from '../elf.ts';
import { clear, type Enter, enterFlat, Register } from '../enter.ts';
import { type Given, type Misfit, roomEnd, type Surveyed } from '../given.ts';
import { placeSegments } from '../place.ts';
import type { Kernel } from './header.ts';
import { parametersOf } from './params.ts';
import { loadSetup } from './setup.ts';

/** Below the adapters, where a PC's firmware leaves room. */
const Place = { tables: 0x8_0000, parameters: 0x9_0000, commandLine: 0x9_1000, commandLineEnd: 0x9_f000 } as const;
const pageBytes = 4096;

/** Its first module is its ramdisk; there is no other. */
export const loadLinux = (ram: Ram, surveyed: Surveyed, kernel: Kernel, { commandLine, modules }: Given): Enter | Misfit => {
  if (kernel.setup !== undefined) return loadSetup(ram, surveyed, kernel, kernel.setup, { commandLine, modules });
  const ramdisk = modules[0]?.bytes;
  const most = Math.min(kernel.commandLineMost, Place.commandLineEnd - Place.commandLine - 1);
  if (commandLine.length > most) return { misfit: 'command line', bytes: most };
  const { segments, entry, bits } = kernel.image ?? itself(kernel);
  const end = Math.min(roomEnd(surveyed), kernel.ramdiskMost + 1);
  const ramdiskBytes = ramdisk?.length ?? 0;
  const ramdiskAt = Math.floor((end - ramdiskBytes) / pageBytes) * pageBytes;
  const kernelEnd = Math.max(kernel.address + kernel.needs, endOf(segments));
  if (ramdiskAt < kernelEnd) return { misfit: 'memory', bytes: kernelEnd + ramdiskBytes + pageBytes };
  const misfit = placeSegments(ram, segments);
  if (misfit !== undefined) return misfit;
  ram.write(Place.commandLine, Uint8Array.of(...commandLine, 0));
  if (ramdisk !== undefined) ram.write(ramdiskAt, ramdisk);
  ram.write(
    Place.parameters,
    parametersOf({
      ...{ kernel, address: kernel.address, commandLineAt: Place.commandLine, ranges: surveyed.ranges },
      ramdisk: ramdisk === undefined ? undefined : { begin: ramdiskAt, end: ramdiskAt + ramdiskBytes },
    }),
  );
  if (bits === 64) return enterLong(ram, entry);
  return enterFlat({ at: entry, registers: { esi: Place.parameters } });
};

/** Its protected-mode part as it is in the file, which makes room for itself. */
const itself = ({ address, code }: Kernel): { readonly segments: readonly Segment[]; readonly entry: number; readonly bits: 32 } => ({
  segments: [{ at: address, data: code, bytes: code.length }],
  entry: address,
  bits: 32,
});

/** "64-bit Boot Protocol": paging by which addresses are what they are, long mode; flat, no interrupts. */
const enterLong = (ram: Ram, entry: number): Enter => {
  mapItself(ram);
  return (state) => {
    clear(state);
    state.setBigUint64(State.cr0, 0x8000_0011n, true);
    state.setBigUint64(State.cr3, BigInt(Place.tables), true);
    state.setBigUint64(State.cr4, BigInt(Cr4.pae), true);
    state.setBigUint64(State.efer, BigInt(Efer.lme | Efer.lma), true);
    setFlat(state, 64);
    for (const number of Object.values(Register)) state.setBigUint64(State.gpr + 8 * number, 0n, true);
    state.setBigUint64(State.gpr + 8 * Register.esi, BigInt(Place.parameters), true);
    state.setBigUint64(State.rip, BigInt(entry), true);
  };
};

/** The first 4 GiB, in pages of 2 MiB: SDM Vol. 3A, 5.5. */
const mapItself = (ram: Ram): void => {
  const [present, large, gib, mib] = [3n, 0x83n, 2n ** 30n, 2n ** 20n];
  const [top, middle, low] = [Place.tables, Place.tables + pageBytes, Place.tables + 2 * pageBytes];
  ram.fill(top, 6 * pageBytes);
  ram.write64(top, BigInt(middle) | present);
  for (let index = 0; index < 4; index++) {
    const table = low + index * pageBytes;
    ram.write64(middle + 8 * index, BigInt(table) | present);
    for (let page = 0; page < 512; page++) ram.write64(table + 8 * page, (BigInt(index) * gib + BigInt(page) * 2n * mib) | large);
  }
};
