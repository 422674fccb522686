/** Puts a Linux kernel into memory, with all that it is told, as its 32-bit boot protocol wants it: Documentation/arch/x86/boot.rst. */
import { type Ram, setFlat } from '../../../cpu/index.ts';
import { State } from '../../../isa/index.ts';
import { type Layout, reserved } from '../../layout.ts';
import type { Kernel } from './header.ts';
import { parametersOf } from './params.ts';

/** Below the adapters, where a PC's firmware leaves room. */
const Place = { parameters: 0x9_0000, commandLine: 0x9_1000, commandLineEnd: 0x9_f000 } as const;
const pageBytes = 4096;

export interface LinuxBoot {
  readonly kernel: Kernel;
  /** In UTF-8. */
  readonly commandLine: Uint8Array;
  readonly ramdisk: Uint8Array | undefined;
}

/** Where it begins, and where what it is told is: ESI. */
export interface Entry {
  readonly at: number;
  readonly parameters: number;
}

/** Why it doesn't fit. */
export interface Misfit {
  readonly misfit: 'command line' | 'memory' | 'place';
  /** Bytes, of the command line or of memory, that there may be or should be; where it wants to be and there is none. */
  readonly bytes: number;
}

export const loadLinux = (ram: Ram, layout: Layout, { kernel, commandLine, ramdisk }: LinuxBoot): Entry | Misfit => {
  const most = Math.min(kernel.commandLineMost, Place.commandLineEnd - Place.commandLine - 1);
  if (commandLine.length > most) return { misfit: 'command line', bytes: most };
  const end = Math.min(layout.memory[1]?.end ?? 0, kernel.ramdiskMost + 1);
  const ramdiskBytes = ramdisk?.length ?? 0;
  const ramdiskAt = Math.floor((end - ramdiskBytes) / pageBytes) * pageBytes;
  const kernelEnd = kernel.address + kernel.needs;
  if (ramdiskAt < kernelEnd) return { misfit: 'memory', bytes: kernelEnd + ramdiskBytes + pageBytes };
  if (ram.placeOf(kernel.address, kernel.needs) === undefined) return { misfit: 'place', bytes: kernel.address };
  ram.write(kernel.address, kernel.code);
  ram.write(Place.commandLine, Uint8Array.of(...commandLine, 0));
  if (ramdisk !== undefined) ram.write(ramdiskAt, ramdisk);
  ram.write(
    Place.parameters,
    parametersOf({
      ...{ kernel, address: kernel.address, commandLineAt: Place.commandLine, memory: layout.usable, reserved: [reserved] },
      ramdisk: ramdisk === undefined ? undefined : { begin: ramdiskAt, end: ramdiskAt + ramdiskBytes },
    }),
  );
  return { at: kernel.address, parameters: Place.parameters };
};

/** As the loader hands over: protected mode without paging, flat, no interrupts. "32-bit Boot Protocol". */
export const enterLinux = (state: DataView, { at, parameters }: Entry): void => {
  const [protectedMode, esi] = [0x11n, State.gpr + 8 * 6];
  state.setBigUint64(State.cr0, protectedMode, true);
  setFlat(state, 32);
  state.setBigUint64(State.rip, BigInt(at), true);
  state.setBigUint64(esi, BigInt(parameters), true);
};
