/** Where memory is on a PC: below the adapters, behind them up to the PCI hole, and what is left above 4 GiB. */
import type { AreaPlan } from '../cpu/index.ts';
import { shadowSegments } from '../devices/index.ts';
import { ownPages, spareCount } from '../monitor/index.ts';

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

/** As much as a guest's grant table has at the most, four times. */
const xenCardBytes = mib;
const pageBytes = 4 * kib;

/** As much of firmware's image is seen below 1 MiB, too. */
const seenBytes = 128 * kib;

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
  /** Firmware's image, and its end as far as it is seen below 1 MiB. */
  readonly firmware: readonly Range[];
  /** Of several at an address the first that is reached. */
  readonly areas: readonly [AreaPlan, ...AreaPlan[]];
  /** Which of the areas is video memory, which lies nowhere at first. */
  readonly video: number;
  /** Which is memory behind the adapters, which lies nowhere at first. */
  readonly management: number;
  /** Which is the first of those that have the memory from the adapters to 1 MiB, a segment each. */
  readonly shadow: number;
  /** Which is the memory on Xen's card, which lies nowhere at first, where its pages are, too. */
  readonly card: number | undefined;
  /** Which is the first of Xen's spare pages, which lie nowhere at first. */
  readonly spare: number | undefined;
}

export interface LayoutOptions {
  /** A multiple of 1 MiB. */
  readonly memoryBytes: number;
  /** Of the firmware's image, which ends at 4 GiB; 0 for none. */
  readonly firmwareBytes: number;
  readonly videoBytes: number;
  /** Whether Xen is over it: then it has pages of Xen's. */
  readonly hasXen?: boolean;
  /** Whether Xen's card is in it, which has memory. */
  readonly hasXenCard?: boolean;
}

/** Throws a RangeError where it can't be. */
export const layOut = ({ memoryBytes, firmwareBytes, videoBytes, hasXen = false, hasXenCard = false }: LayoutOptions): Layout => {
  if (memoryBytes < fewestBytes || memoryBytes > mostBytes || memoryBytes % mib !== 0)
    throw new RangeError(`${memoryBytes} bytes of memory are not whole mebibytes from ${fewestBytes / mib} to ${mostBytes / mib}`);
  const low = { begin: 0, end: adapters.begin };
  // From the adapters to 1 MiB it is in segments, each of which may be hidden.
  const main = { begin: adapters.end, end: Math.min(memoryBytes, hole) };
  const high = memoryBytes > hole ? [{ begin: top, end: top + memoryBytes - hole }] : [];
  const memory = [low, main, ...high];
  const firmware = firmwareBytes === 0 ? [] : [firmwareBytes, Math.min(firmwareBytes, seenBytes)].map(endingAt);
  // What is wanted most often is found first.
  const ram = [{ begin: mib, end: main.end }, ...high].map((range) => areaOf(range, true));
  const moved = [videoBytes, adapters.end - adapters.begin].map((bytes) => ({ at: undefined, bytes, isWritable: true }));
  const shadow = shadowSegments.map(({ from, bytes }) => ({ at: from, bytes, isWritable: true }));
  const usable = [{ begin: 0, end: reserved.begin }, { begin: reserved.end, end: main.end }, ...high];
  const usual = [...ram, ...moved, ...shadow, ...firmware.map((one) => areaOf(one, false))];
  const card = hasXenCard ? [{ at: undefined, bytes: xenCardBytes, isWritable: true }] : [];
  const xen = hasXen
    ? [
        { at: ownPages.at, bytes: ownPages.bytes, isWritable: true },
        ...card,
        ...Array.from({ length: spareCount }, () => ({ at: undefined, bytes: pageBytes, isWritable: true })),
      ]
    : [];
  return {
    ...{ memory, usable, firmware, areas: [areaOf(low, true), ...usual, ...xen] },
    ...{ video: 1 + ram.length, management: 2 + ram.length, shadow: 3 + ram.length, card: hasXenCard ? 2 + usual.length : undefined },
    spare: hasXen ? 2 + usual.length + card.length : undefined,
  };
};

const areaOf = ({ begin, end }: Range, isWritable: boolean): AreaPlan => ({ at: begin, bytes: end - begin, isWritable });
const endingAt = (bytes: number, place: number): Range => {
  const end = place === 0 ? top : mib;
  return { begin: end - bytes, end };
};
