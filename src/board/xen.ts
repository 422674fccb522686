/** Xen over a PC, made of what the board has: its card, its ports, its interrupts. */
import { Delivery, type Ram } from '../cpu/index.ts';
import { type PciBus, TcpJoiner, TcpSegments, XenCard } from '../devices/index.ts';
import { type Bus, type Clock, type Disk, type Port, port, type Stateful } from '../machine/index.ts';
import { type ConsoleEnd, unplugAt, Xen } from '../monitor/index.ts';
import { Kind } from './boot/given.ts';
import { type Layout, reserved } from './layout.ts';
import { forgetting, memoryOf, pieceOf } from './memory.ts';
import type { Addressed } from './processor.ts';
import type { NetworkPlan } from './virtio.ts';

export interface XenPlan {
  readonly kind: 'xen';
  /** Where the console leads that is Xen's. */
  readonly console: ConsoleEnd;
  /** Told where a guest does what it can't. */
  readonly complain: (words: string) => void;
}

export interface XenSurroundings {
  readonly plan: XenPlan;
  readonly ram: Ram;
  readonly layout: Layout;
  /** Its hard disks, which are on IDE, too, until the guest asks that they aren't. */
  readonly disks: readonly Disk[];
  /** Whether no device is in a page. */
  readonly isFree: (at: number) => boolean;
  readonly clock: Clock;
  readonly startSeconds: number;
  readonly maker: 'intel' | 'amd';
  readonly network: readonly NetworkPlan[];
  readonly note: ((byte: number) => void) | undefined;
  readonly deliver: (message: Addressed) => void;
  readonly recalled: () => void;
  readonly lineOf: ConstructorParameters<typeof Xen>[0]['lineOf'];
  readonly hide: (isHidden: boolean) => void;
  readonly ended: ConstructorParameters<typeof Xen>[0]['ended'];
}

export const xenOn = ({ plan, ram, layout, deliver, network, isFree, ...around }: XenSurroundings): Xen => {
  const forgotten = forgetting(ram);
  return new Xen({
    ...around,
    ...{ cards: network, console: plan.console, complain: plan.complain },
    memory: memoryOf(ram),
    isThere: (at) => ram.pageOf(at, 'write') !== undefined,
    piece: pieceOf(ram),
    word: (at) => ram.read32(at),
    isFree: (at) => ram.areas.every((area) => !area.meets(at, pageBytes)) && isFree(at),
    move: (spare, at) => ram.move(ram.areas[(layout.spare ?? 0) + spare] ?? absent(spare), at),
    ranges: [...layout.usable.map((range) => ({ ...range, kind: Kind.memory })), { ...reserved, kind: Kind.reserved }].toSorted(
      (a, b) => a.begin - b.begin,
    ),
    interrupt: (vector) => deliver({ vector, delivery: Delivery.fixed, isLevel: false, destination: 0, isLogical: false }),
    cutter: (send) => new TcpSegments(send),
    joiner: () => new TcpJoiner(),
    given: (at) => void forgotten(at, pageBytes)?.fill(0),
  });
};

const pageBytes = 4096;

const absent = (spare: number): never => {
  throw new RangeError(`there is no spare page ${spare}`);
};

/** Where network cards of virtio would be, which a guest of Xen's hasn't. */
const slotNumber = 3;

/** Its card, and its ports. */
export const xenCardOn = (xen: Xen, ram: Ram, layout: Layout, wires: { readonly pci: PciBus; readonly ports: Bus<Port> }): Stateful => {
  const area = layout.card === undefined ? undefined : ram.areas[layout.card];
  if (area === undefined) throw new Error('there is no memory for Xen’s card');
  wires.ports.map(port(unplugAt.first), unplugAt.count, xen.unplug, 'Xen');
  return new XenCard({ slot: wires.pci.slot(slotNumber), bytes: area.bytes, place: (at) => ram.move(area, at) });
};
