/**
 * A program with a Linux kernel's head and no entry in protected mode, as iPXE's ipxe.lkrn is: it begins in its setup, in real-address mode, and asks the firmware for all it
 * wants to know. Documentation/arch/x86/boot.rst, "Memory Layout" and "Running the Kernel".
 */
import { type Ram, setReal } from '../../../cpu/index.ts';
import { Segment, SegmentPart, State, segmentPlace } from '../../../isa/index.ts';
import { clear, type Enter, Register } from '../enter.ts';
import { type Given, type Misfit, roomEnd, type Surveyed } from '../given.ts';
import { placeSegments } from '../place.ts';
import { Field, type Kernel } from './header.ts';

/** Where it is; offsets from there of where its heap and stack end, and of the command line. Entry is one sector, which the boot sector once was, behind. */
const Place = { setup: 0x1_0000, heapEnd: 0xe000, commandLine: 0xe000, sector: 512, most: 0x8000 } as const;
const pageBytes = 4096;
/** A loader of nobody's in particular; a heap behind its setup. */
const [unknownLoader, hasHeap] = [0xff, 0x80];

/** `setup` is of the kernel, from the file's beginning on. */
export const loadSetup = (
  ram: Ram,
  surveyed: Surveyed,
  kernel: Kernel,
  setup: Uint8Array,
  { commandLine, modules }: Given,
): Enter | Misfit => {
  const ramdisk = modules[0]?.bytes ?? new Uint8Array();
  const { address, code, ramdiskMost } = kernel;
  const most = Math.min(kernel.commandLineMost, 0x1_0000 - Place.commandLine - 1);
  if (commandLine.length > most) return { misfit: 'command line', bytes: most };
  if (setup.length > Place.most) return { misfit: 'place', bytes: Place.setup };
  const ramdiskAt = Math.floor((Math.min(roomEnd(surveyed), ramdiskMost + 1) - ramdisk.length) / pageBytes) * pageBytes;
  const end = address + code.length;
  if (ramdiskAt < end) return { misfit: 'memory', bytes: end + ramdisk.length + pageBytes };
  const misfit = placeSegments(ram, [
    { at: Place.setup, data: setup, bytes: 0x1_0000 },
    { at: address, data: code, bytes: code.length },
  ]);
  if (misfit !== undefined) return misfit;
  const told = setup.slice();
  const view = new DataView(told.buffer);
  view.setUint8(Field.loader, unknownLoader);
  view.setUint8(Field.flags, view.getUint8(Field.flags) | hasHeap);
  view.setUint16(Field.heapEnd, Place.heapEnd - Place.sector, true);
  view.setUint32(Field.commandLine, Place.setup + Place.commandLine, true);
  if (ramdisk.length > 0) {
    view.setUint32(Field.ramdisk, ramdiskAt, true);
    view.setUint32(Field.ramdiskBytes, ramdisk.length, true);
    ram.write(ramdiskAt, ramdisk);
  }
  ram.write(Place.setup, told);
  ram.write(Place.setup + Place.commandLine, Uint8Array.of(...commandLine, 0));
  return enterSetup;
};

const enterSetup: Enter = (state) => {
  clear(state);
  for (const number of Object.values(Register)) state.setBigUint64(State.gpr + 8 * number, 0n, true);
  setReal(state);
  for (const one of Object.values(Segment)) {
    const selector = (Place.setup + (one === Segment.cs ? Place.sector : 0)) / 16;
    state.setUint32(segmentPlace(one) + SegmentPart.selector, selector, true);
    state.setBigUint64(segmentPlace(one) + SegmentPart.base, BigInt(selector * 16), true);
  }
  state.setBigUint64(State.gpr + 8 * Register.esp, BigInt(Place.heapEnd), true);
  state.setBigUint64(State.rip, 0n, true);
};
