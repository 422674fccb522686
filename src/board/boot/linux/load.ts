/** Puts a Linux kernel into memory, with all that it is told, as its 32-bit boot protocol wants it: Documentation/arch/x86/boot.rst. */
import { type Ram, setFlat } from '../../../cpu/index.ts';
import { State } from '../../../isa/index.ts';
import type { Layout, Range } from '../../layout.ts';
import type { Kernel } from './header.ts';
import { parametersOf } from './params.ts';

/** Below the adapters, where a PC's firmware leaves room. */
const Place = { parameters: 0x9_0000, commandLine: 0x9_1000, commandLineEnd: 0x9_f000 } as const;
const pageBytes = 4096;
/** Firmware's data of the last kibibyte, adapters and the firmware itself. */
const reserved: Range = { begin: 0x9_fc00, end: 0x10_0000 };

export interface LinuxBoot {
  readonly kernel: Kernel;
  readonly commandLine: string;
  readonly ramdisk: Uint8Array | undefined;
}

/** Where it begins, and where what it is told is: ESI. */
export interface Entry {
  readonly at: number;
  readonly parameters: number;
}

/** Why it doesn't fit. */
export interface Misfit {
  readonly misfit: 'command line' | 'memory';
  /** Bytes, of the command line or of memory, that there may be or should be. */
  readonly bytes: number;
}

export const loadLinux = (ram: Ram, layout: Layout, { kernel, commandLine, ramdisk }: LinuxBoot): Entry | Misfit => {
  const words = new Uint8Array([...commandLine].map((letter) => letter.codePointAt(0) ?? 0));
  const most = Math.min(kernel.commandLineMost, Place.commandLineEnd - Place.commandLine - 1);
  if (words.length > most) return { misfit: 'command line', bytes: most };
  const end = Math.min(layout.memory[1]?.end ?? 0, kernel.ramdiskMost + 1);
  const ramdiskBytes = ramdisk?.length ?? 0;
  const ramdiskAt = Math.floor((end - ramdiskBytes) / pageBytes) * pageBytes;
  const kernelEnd = kernel.address + kernel.needs;
  if (ramdiskAt < kernelEnd) return { misfit: 'memory', bytes: kernelEnd + ramdiskBytes + pageBytes };
  ram.write(kernel.address, kernel.code);
  ram.write(Place.commandLine, Uint8Array.of(...words, 0));
  if (ramdisk !== undefined) ram.write(ramdiskAt, ramdisk);
  const usable = layout.memory.map(({ begin, end }) => ({
    begin: begin === layout.memory[1]?.begin ? reserved.end : begin,
    end: Math.min(end, begin === 0 ? reserved.begin : end),
  }));
  ram.write(
    Place.parameters,
    parametersOf({
      ...{ kernel, address: kernel.address, commandLineAt: Place.commandLine, memory: usable, reserved: [reserved] },
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
