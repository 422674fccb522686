/** Where memory is on a PC: below the adapters, behind them up to the PCI hole, and what is left above 4 GiB. */
import type { AreaPlan } from '../cpu/index.ts';

const kib = 1024;
const mib = 1024 * kib;
const gib = 1024 * mib;

/** Adapters have the 128 KiB from here on: windows, no memory. */
export const adapters = { begin: 640 * kib, end: 768 * kib } as const;
/** From here to 4 GiB are registers, and the firmware at the end. */
const hole = 3 * gib;
const top = 4 * gib;
/** What WebAssembly addresses, less a little for what stands before the guest's memory. */
export const mostBytes = 3.5 * gib;
export const fewestBytes = 2 * mib;

/** Firmware's data of the last kibibyte, adapters, and firmware itself: no system's. */
export const reserved = { begin: 639 * kib, end: mib } as const;

export interface Range {
  readonly begin: number;
  readonly end: number;
}

export interface Layout {
  /** Memory that is the guest's to use, in order. */
  readonly memory: readonly Range[];
  /** What of it firmware leaves to systems. */
  readonly usable: readonly Range[];
  readonly firmware: Range | undefined;
  readonly areas: readonly [AreaPlan, ...AreaPlan[]];
  /** Which of the areas is video memory, which lies nowhere at first. */
  readonly video: number;
}

export interface LayoutOptions {
  /** A multiple of 1 MiB. */
  readonly memoryBytes: number;
  /** Of the firmware's image, which ends at 4 GiB; 0 for none. */
  readonly firmwareBytes: number;
  readonly videoBytes: number;
}

/** Throws a RangeError where it can't be. */
export const layOut = ({ memoryBytes, firmwareBytes, videoBytes }: LayoutOptions): Layout => {
  if (memoryBytes < fewestBytes || memoryBytes > mostBytes || memoryBytes % mib !== 0)
    throw new RangeError(`${memoryBytes} bytes of memory are not whole mebibytes from ${fewestBytes / mib} to ${mostBytes / mib}`);
  const low = { begin: 0, end: adapters.begin };
  const main = { begin: adapters.end, end: Math.min(memoryBytes, hole) };
  const high = memoryBytes > hole ? [{ begin: top, end: top + memoryBytes - hole }] : [];
  const memory = [low, main, ...high];
  const firmware = firmwareBytes === 0 ? undefined : { begin: top - firmwareBytes, end: top };
  const [first, ...rest] = memory.map((range) => areaOf(range, true));
  const more = [...(firmware === undefined ? [] : [areaOf(firmware, false)]), { at: undefined, bytes: videoBytes, isWritable: true }];
  const usable = [{ begin: 0, end: reserved.begin }, { begin: reserved.end, end: main.end }, ...high];
  return { memory, usable, firmware, areas: [first ?? areaOf(low, true), ...rest, ...more], video: memory.length + more.length - 1 };
};

const areaOf = ({ begin, end }: Range, isWritable: boolean): AreaPlan => ({ at: begin, bytes: end - begin, isWritable });
