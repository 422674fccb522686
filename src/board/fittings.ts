/** What is on a board beside processor, memory and virtio cards: chips, drives, and a screen where there is one. */
import type { Area, Ram } from '../cpu/index.ts';
import { type AcpiImage, type ApicMessages, type BootDevice, cmosContents, shadowSegments } from '../devices/index.ts';
import { type Bus, type Clock, type Disk, type Gpa, gpa, type Line, type Port, type Stateful } from '../machine/index.ts';
import { noScreen, type Shown } from './absent.ts';
import type { Pixels, PixelWish } from './boot/given.ts';
import { type Chips, chipsIn } from './chips.ts';
import { type Drives, drivesIn, type Media, noMedia } from './drives.ts';
import type { Layout } from './layout.ts';
import { memoryOf } from './memory.ts';
import { messagesTo } from './messages.ts';
import { microvmChips, microvmDrives } from './microvm.ts';
import type { PcPlan } from './pc.ts';
import type { ShadowMemory } from './shadow.ts';
import { plugEvent, routePirqs, showMemory } from './tables.ts';
import { told } from './told.ts';
import { showPixels, VgaCard, vgaOn } from './vga-card.ts';

export interface FittingWires {
  readonly plan: PcPlan;
  readonly ports: Bus<Port>;
  readonly space: Bus<Gpa>;
  readonly clock: Clock;
  readonly ram: Ram;
  readonly layout: Layout;
  readonly shadow: ShadowMemory;
  readonly tables: () => AcpiImage;
  readonly apics: ApicMessages;
  /** What an 8259 pulls. */
  readonly intr: Line;
  /** Forgets translations of pages. */
  flush(): void;
  reset(what: 'processor' | 'machine'): void;
  exit(status: number): void;
  powerOff(): void;
}

export interface Fittings {
  readonly chips: Chips;
  readonly drives: Drives;
  readonly screen: Shown;
  /** What makes the screen, by its names. */
  readonly display: ReadonlyMap<string, Stateful>;
  /** The vector of the interrupt that an 8259 asks for. */
  acknowledge(): number;
  /** A wire of its own of an interrupt that systems call so; undefined: there is none to be had. */
  lineOf(gsi: number): Line | undefined;
  /** Memory at 1 MiB is no longer that at 0. */
  releaseA20(): void;
  /** Does what firmware would have done before a kernel begins, but for its tables. */
  prepare(): void;
  /** Has the screen show pixels, as wished or as it can. */
  show(wish: PixelWish): Pixels | undefined;
}

export const videoBytes = 16 * 1024 ** 2;
/** Segment of the firmware's own data below the adapters, and how much memory is below that: IBM PS/2 and PC BIOS Interface Technical Reference, section 3. */
const biosData = { ebda: 0x40e, lowKib: 0x413 } as const;

export const pcFittings = (wires: FittingWires): Fittings => {
  const { plan, ports, space, clock, ram, layout, shadow, tables, apics } = wires;
  const {
    cards = new Map(),
    media = noMedia,
    startSeconds: seconds,
    lines,
    note,
    post = () => {},
    panicked,
    gone = forget,
    processors = 1,
  } = plan;
  const chips = chipsIn({
    ...{ ports, space, clock, memory: memoryOf(ram), messages: messagesTo(apics), shadow, apics, lines, note, post, panicked },
    ...{ intr: wires.intr, reset: wires.reset, exit: wires.exit, powerOff: wires.powerOff },
    flush: plan.isTested === true ? wires.flush : undefined,
    told: () => told({ memory: layout.memory, cards, tables: tables(), processors, isHandedOver: plan.start !== undefined }),
    start: { seconds, cmos: cmosOf(layout, media, processors) },
    a20: {
      set: (isHigh) => {
        ram.isWrapped = !isHigh;
      },
    },
  });
  const { pci, dma, wire, power, system, pic } = chips;
  const drives = drivesIn(media, { ports, pci, dma, wire, raise: () => power.raise(plugEvent), gone });
  const video = videoIn(ram, layout);
  const vga = vgaOn({ ports, space, clock, ram, video });
  const card = new VgaCard({ pci, ram, video, vga });
  return {
    ...{ chips, drives, screen: vga },
    display: new Map<string, Stateful>([
      ['VGA', vga],
      ['VGA card', card],
    ]),
    acknowledge: () => pic.acknowledge(),
    lineOf: (gsi) => (gsi > 0 && gsi < 16 ? chips.wire(gsi) : undefined),
    releaseA20: () => system.keyboardA20.set(true),
    prepare: () => {
      showMemory(pci);
      ram.write(biosData.ebda, Uint8Array.of(0xc0, 0x9f));
      ram.write(biosData.lowKib, Uint8Array.of(639 & 0xff, 639 >> 8));
      routePirqs(pci, ports);
    },
    show: (wish) => showPixels({ pci, ports, videoBytes }, wish),
  };
};

/** All memory is seen, also where a PC's firmware would be. */
export const microvmFittings = (wires: FittingWires): Fittings => {
  const { plan, ports, space, ram, shadow, apics } = wires;
  const { media = noMedia, lines, panicked, gone = forget } = plan;
  const chips = microvmChips({
    ...{ ports, space, memory: memoryOf(ram), messages: messagesTo(apics), apics, lines, panicked, powerOff: wires.powerOff },
    reset: () => wires.reset('machine'),
  });
  for (const { from, bytes } of shadowSegments) shadow.cover(gpa(from), bytes, true, true);
  return {
    ...{ chips, screen: noScreen, display: new Map() },
    drives: microvmDrives(media, { ports, pci: chips.pci, raise: () => chips.plugged(), gone }),
    acknowledge: () => absent('8259'),
    lineOf: () => undefined,
    releaseA20: () => {},
    prepare: () => {},
    show: () => undefined,
  };
};

const forget = (_: Disk): void => {};

const videoIn = (ram: Ram, { video }: Layout): Area => ram.areas[video] ?? absent('video memory');

const cmosOf = ({ memory }: Layout, media: Media, processors: number): Uint8Array => {
  const [, main, above] = memory;
  const aboveBytes = above === undefined ? 0 : above.end - above.begin;
  return cmosContents({ belowBytes: main?.end ?? 0, aboveBytes, processors, boot: orderOf(media), floppies: media.floppies.length });
};

/** A floppy that somebody gives is there to be booted; a disk comes before a CD, as on most PCs. */
const orderOf = ({ floppies, disks, nvme, ahci, virtio, cd }: Media): readonly BootDevice[] => [
  ...(floppies.length > 0 ? (['floppy'] as const) : []),
  ...(disks.length + nvme.length + ahci.length + virtio.length > 0 ? (['disk'] as const) : []),
  ...(cd !== undefined ? (['cd'] as const) : []),
];

const absent = (what: string): never => {
  throw new Error(`there is no ${what}`);
};
