/** A PC: a processor, memory, and the chips, drives and cards around them. */
import { Delivery, type Engine, type Owner, Processor, Ram } from '../cpu/index.ts';
import { type AcpiImage, placed, type SerialLine, type VirtioNet } from '../devices/index.ts';
import { Bus, type Disk, type Gpa, gpa, type Instant, instant, type Port, port, type Reset, type Stateful } from '../machine/index.ts';
import type { Xen } from '../monitor/index.ts';
import type { Shown } from './absent.ts';
import type { Enter } from './boot/enter.ts';
import { handedOver, handOver, handOverPort, rsdpIn } from './boot/firmware.ts';
import { Kind, type Misfit, type Surveyed } from './boot/given.ts';
import { byPvh, load, type Start } from './boot/start.ts';
import { type Chips, serialPorts } from './chips.ts';
import { MachineClock } from './clock.ts';
import { type Drives, type Media, noMedia } from './drives.ts';
import { type Fittings, microvmFittings, pcFittings, videoBytes } from './fittings.ts';
import { InTurns } from './in-turns.ts';
import { type Layout, layOut, reserved } from './layout.ts';
import { Loop } from './loop.ts';
import { forgetting, memoryOf } from './memory.ts';
import { describeMicrovm } from './microvm.ts';
import type { MonitorPlan } from './monitor.ts';
// Few guests have one: it is evaluated when it is first used.
import * as monitors from './monitor.ts';
import type { Pause } from './pause.ts';
import { type Addressed, type BoardProcessor, EmulatedProcessor, type ProcessorPlan } from './processor.ts';
import { restoreTo, type Saved, type SavedMachine, savedOf, shapesOf } from './saved.ts';
import { ShadowMemory } from './shadow.ts';
import { Share } from './share.ts';
import { describe } from './tables.ts';
import { type VirtioCards, type VirtioPlan, virtioOn } from './virtio.ts';
import { portsOf, registersOf } from './wiring.ts';
import type { XenPlan } from './xen.ts';
// Likewise.
import * as xens from './xen.ts';

/** A PC with all that there ever was, or what a kernel of today needs to begin with. */
export type BoardKind = 'pc' | 'microvm';

export interface PcPlan extends VirtioPlan {
  /** `pc`, where nothing is said. A `microvm` has no firmware, no cards that it runs, no test device, no notes and POST codes, and of the media NVMe and virtio alone. */
  readonly board?: BoardKind | undefined;
  readonly engine: Engine;
  /** What of it is told, and is there; who sees what it does, and who counts; what its random numbers are drawn from, also once it is restored: each computer its own. */
  readonly processor?: Pick<Owner, 'profile' | 'vendor' | 'observer' | 'counter' | 'seed' | 'programs'>;
  /** How many it has, which take turns: one, and up to `mostProcessors`. */
  readonly processors?: number;
  /** Makes it; an emulated one, where nobody does. One that doesn't count instructions wants `now`. */
  readonly processorOf?: ((plan: ProcessorPlan) => BoardProcessor) | undefined;
  /** What its guest finds that knows its monitor; undefined: it finds none. */
  readonly monitor?: MonitorPlan | undefined;
  /** Whether what kvm-unit-tests try a machine with is in it. */
  readonly isTested?: boolean;
  /** A multiple of 1 MiB. */
  readonly memoryBytes: number;
  /** Its image, which ends at 4 GiB and whose last 128 KiB are below 1 MiB, too; undefined: none, and nothing begins by itself. */
  readonly firmware?: Uint8Array | undefined;
  /** Programs on cards that the firmware runs, by their names. */
  readonly cards?: ReadonlyMap<string, Uint8Array>;
  /** What it begins with, asked for at each start: after its firmware, or at once where it has none. */
  readonly start?: (() => Start) | undefined;
  /** Its time; counted in instructions, a billion a second, where nobody tells it. */
  readonly now?: () => Instant;
  /** The time of day when it is switched on, in seconds since 1970. */
  readonly startSeconds: number;
  /** Where the serial ports lead, up to four. */
  readonly lines: readonly SerialLine[];
  readonly media?: Media;
  /** It was reset: its system starts anew. */
  readonly begins?: () => void;
  /** A disk was plugged out: it is nobody's any more. */
  readonly gone?: (disk: Disk) => void;
  /** How long, of its time and in all, it was ready and the host let others run; undefined: it isn't known. */
  readonly stolen?: (() => bigint) | undefined;
  /** Its kernel has panicked. Undefined: there is nothing that it could say so by. */
  readonly panicked?: () => void;
  /** Where programs tell what they are at: ports E9h and 402h, which are there with it alone. */
  readonly note?: ((byte: number) => void) | undefined;
  /** How far the firmware is: ports 80h and 190h. */
  readonly post?: (code: number) => void;
}

/** Where firmware would put them; ACPI Specification 6.5, 5.2.5.1. */
const [rsdpAt, tablesAt] = [0xe_0000, 0xe_1000];

export class Pc {
  readonly layout: Layout;
  readonly ram: Ram;
  /** It may be another one, once `exchange` was asked for that. */
  processor: BoardProcessor;
  readonly clock: MachineClock;
  readonly ports = new Bus<Port>();
  readonly space = new Bus<Gpa>();
  readonly chips: Chips;
  readonly drives: Drives;
  /** What its monitor shows. */
  readonly vga: Shown;
  /** Network cards, in the order of their plan. */
  readonly network: readonly Pick<VirtioNet, 'receive' | 'link'>[];
  /** Lines of bytes, where there are some. */
  readonly console: VirtioCards['console'];
  /** File systems of others, in the order of their plan. */
  readonly files: VirtioCards['files'];
  /** By which its guest lends memory, where somebody is lent some. */
  readonly balloon: VirtioCards['balloon'];
  /** Its sockets, where somebody is at their other end. */
  readonly sockets: VirtioCards['sockets'];
  readonly #around: ProcessorPlan;
  readonly #isCounted: boolean;
  readonly #isMicrovm: boolean;
  readonly #seed: bigint | undefined;
  readonly #loop: Loop;
  /** Made when somebody asks: whoever goes on from a snapshot has them in memory. */
  readonly #tables: () => AcpiImage;
  readonly #firmware: Uint8Array | undefined;
  readonly #start: (() => Start) | undefined;
  readonly #begins: (() => void) | undefined;
  readonly #devices: readonly { reset(kind: Reset): void }[];
  /** What is over it, where that is Xen. */
  readonly xen: Xen | undefined;
  readonly #fittings: Fittings;
  readonly #virtio: VirtioCards;
  /** Undefined where nobody asks what of its time the host takes. */
  readonly #share: Share | undefined;
  /** All that a guest has told its monitor, by what that is called. */
  readonly #monitor: ReadonlyMap<string, Stateful>;

  /** Throws a RangeError where there can't be so much memory. */
  constructor(plan: PcPlan) {
    const { engine, memoryBytes, firmware, now, startSeconds, lines, media = noMedia, processors = 1 } = plan;
    const isMicrovm = plan.board === 'microvm';
    this.#isMicrovm = isMicrovm;
    this.#firmware = firmware;
    this.#start = plan.start;
    this.#begins = plan.begins;
    let tables: AcpiImage | undefined;
    this.#tables = () => (tables ??= (isMicrovm ? describeMicrovm : describe)(serialPorts.slice(0, lines.length), processors));
    this.layout = layOut({
      ...{ memoryBytes, firmwareBytes: firmware?.length ?? 0, videoBytes: isMicrovm ? 0 : videoBytes },
      ...{ hasXen: plan.monitor?.kind === 'xen', hasXenCard: plan.monitor?.kind === 'xen' && !isMicrovm },
    });
    this.ram = new Ram(this.layout.areas, processors);
    const { ram, ports, space } = this;
    const shadow = new ShadowMemory(ram, this.layout);
    const endOfInterrupt = (vector: number): void => {
      this.xen?.heard();
      this.chips.ioApic.endOfInterrupt(vector);
    };
    // A processor is rewired when it is made, too.
    let loop: Loop | undefined;
    const rewired = (): void => loop?.listen();
    this.clock = new MachineClock(
      now ?? (() => instant(this.processor.now)),
      () => loop?.sooner(),
      () => loop?.overdue(),
    );
    const { clock } = this;
    const xen = plan.monitor?.kind === 'xen' ? this.#xenOf(plan, plan.monitor, () => loop?.call()) : undefined;
    this.xen = xen;
    const monitor =
      xen === undefined
        ? plan.monitor?.kind === 'kvm'
          ? monitors.monitorOn(plan.monitor, {
              ...{ memory: memoryOf(ram), now: () => this.processor.now, startSeconds, processors },
              send: (to, message) => this.processor.deliver({ ...message, destination: to, isLogical: false }),
              yieldTo: (which) => this.processor.yieldTo?.(which),
            })
          : undefined
        : { each: [{ monitor: xen, recounted: (ahead: bigint) => xen.recounted(ahead) }], turns: undefined, devices: xen.all };
    const owner = {
      ...plan.processor,
      ...monitor?.each[0],
      space: shadow.over(registersOf(space)),
      endOfInterrupt,
      rewired,
      ...(now !== undefined && { now }),
    };
    const { processorOf = (one) => (processors > 1 ? new InTurns(one, processors) : new EmulatedProcessor(one)) } = plan;
    this.#around = { ram, engine, ports: portsOf(ports), owner, ofEach: (index) => monitor?.each[index] ?? {}, turns: monitor?.turns };
    const processor = processorOf(this.#around);
    this.processor = processor;
    this.#isCounted = now === undefined;
    const { turns } = monitor ?? {};
    this.#share = turns && plan.stolen && new Share(plan.stolen, () => turns[this.processor.longest ?? 0]);
    this.#seed = plan.processor?.seed;
    loop = new Loop({
      ...{ processor, clock, isCounted: this.#isCounted },
      acknowledge: () => {
        xen?.heard();
        return this.#fittings.acknowledge();
      },
      called: () => xen?.called,
    });
    this.#loop = loop;
    const apics = { deliver: (message: Addressed): void => this.processor.deliver(message) };
    const fittings = (isMicrovm ? microvmFittings : pcFittings)({
      ...{ plan, ports, space, clock, ram, layout: this.layout, shadow, tables: this.#tables, apics, intr: loop.intr },
      flush: () => this.processor.flush(),
      reset: (what) => this.#loop.later(() => (what === 'processor' && firmware !== undefined ? this.#begin() : this.reset('bus'))),
      exit: (status) => this.#loop.end({ why: 'exit', status: status & 0xff }),
      powerOff: () => this.#loop.end({ why: 'off' }),
    });
    this.#fittings = fittings;
    this.chips = fittings.chips;
    this.drives = fittings.drives;
    this.vga = fittings.screen;
    const { pci } = this.chips;
    this.#virtio = virtioOn({ pci, disks: media.virtio, forgotten: forgetting(ram) }, xen === undefined ? plan : { ...plan, network: [] });
    this.network = xen?.cards ?? this.#virtio.network;
    this.console = this.#virtio.console;
    this.files = this.#virtio.files;
    this.balloon = this.#virtio.balloon;
    this.sockets = this.#virtio.sockets;
    this.#monitor = new Map([
      ...(monitor?.devices ?? []),
      // A guest of Xen's that begins by PVH has none.
      ...(xen === undefined || isMicrovm ? [] : [['Xen card', xens.xenCardOn(xen, ram, this.layout, { pci, ports })] as const]),
    ]);
    const others = [...fittings.display.values(), ...this.#virtio.all.values(), ...this.#monitor.values()];
    this.#devices = [...this.chips.all.values(), ...this.drives.devices, ...others];
    if (plan.start !== undefined)
      ports.map(
        port(handOverPort),
        2,
        handOver((end) => loop.later(() => this.#takeOver(end))),
        'hand-over',
      );
    this.#placeFirmware();
    this.reset('power');
  }

  /** As if it had just been switched on, or its reset line had been pulled: then memory keeps what it has. */
  reset(kind: Reset): void {
    for (const device of this.#devices) device.reset(kind);
    this.processor.reset();
    this.processor.forget();
    if (kind === 'bus') this.#begins?.();
    if (kind === 'bus' && this.#firmware === undefined) this.boot();
  }

  /** At most so many instructions, and no longer than some ten milliseconds where time isn't counted in them. */
  run(most: number): Pause {
    return this.#share === undefined ? this.#loop.run(most) : this.#share.around(() => this.#loop.run(most));
  }

  /** Where its time is counted in instructions: lets time pass up to a moment, in which it runs none. What is due by then has happened. */
  pass(to: Instant): void {
    if (!this.#isCounted) throw new Error('somebody else tells this computer its time');
    const left = to - this.clock.now;
    if (left > 0n) this.processor.pass(left);
    this.clock.catchUp();
  }

  /** How many instructions have run, the present ones too, where all are counted: of emulated processors. */
  get worked(): bigint | undefined {
    return this.processor instanceof InTurns ? this.processor.count : this.emulated?.count;
  }

  /** Its processor, where that is an emulated one. */
  get emulated(): Processor | undefined {
    return this.processor instanceof Processor ? this.processor : undefined;
  }

  /** The same; or all of them that take turns. */
  get allEmulated(): readonly Processor[] {
    const { processor, emulated } = this;
    if (processor instanceof InTurns) return processor.all;
    return emulated === undefined ? [] : [emulated];
  }

  /** All of its memory, what devices and firmware have among it. */
  get memory(): Uint8Array {
    return this.ram.bytes.subarray(this.ram.begin);
  }

  /**
   * Goes on with another processor, between two runs, where somebody tells it its time. Returns the one before, which may take over again. Throws a RangeError, or `UnfitState`, that says why that one can't be: then all is
   * as it was.
   */
  exchange(processorOf: (plan: ProcessorPlan) => BoardProcessor): BoardProcessor {
    if (this.#isCounted) throw new Error('this computer counts its time in the instructions of one processor');
    const before = this.processor;
    if (before.others !== undefined) throw new RangeError('it has several processors, which take turns');
    const next = processorOf(this.#around);
    const others = [...before.features].filter((feature) => !next.features.has(feature));
    const more = [...next.features].filter((feature) => !before.features.has(feature));
    if (others.length + more.length > 0) throw new RangeError(`its processor is another one: by ${[...others, ...more].join(', ')}`);
    const state = before.save();
    next.forget();
    next.load({ ...state, time: { ...state.time, ticks: before.now } });
    this.processor = next;
    this.#loop.exchange(next);
    return before;
  }

  /** What it is at this moment, between two runs, beside its memory. It goes on just as one that is made of that. */
  save(): Saved {
    return savedOf(this.#parts);
  }

  /**
   * Makes it what was saved, between two runs; whoever does has put memory into its place before. Its time goes on from `saved.at`: who tells it sees to that. Throws a RangeError that names what
   * doesn't fit: then it is neither.
   */
  restore(saved: Saved): void {
    restoreTo(this.#parts, saved);
  }

  /** What of it is saved, and what the bytes of each part mean, in words. */
  get shapes(): ReadonlyMap<string, string> {
    return shapesOf(this.#parts);
  }

  get #parts(): SavedMachine {
    const { processor, clock, chips, drives } = this;
    const own = [...this.#fittings.display, ...this.#virtio.all, ...this.#monitor];
    const devices = new Map<string, Stateful>([...chips.all, ...drives.all, ...own]);
    return { processor, clock, devices, seed: this.#seed };
  }

  /** Puts what it is to begin with into memory, to see whether it fits; without firmware it begins with it. */
  boot(): Misfit | undefined {
    const { ram } = this;
    if (this.#start === undefined) return undefined;
    const { tables, rsdp } = placed(this.#tables(), tablesAt);
    const ranges = [...this.layout.usable.map((range) => ({ ...range, kind: Kind.memory })), { ...reserved, kind: Kind.reserved }];
    const surveyed = { ranges: ranges.toSorted((a, b) => a.begin - b.begin), rsdp: { at: rsdpAt, bytes: rsdp }, show: () => undefined };
    const start = this.#start();
    const enter = load(ram, surveyed, this.#isMicrovm ? byPvh(start) : start);
    if (typeof enter !== 'function') return enter;
    if (this.#firmware !== undefined) return undefined;
    // What firmware would have done: its tables are where they are searched for, in memory, and PCI's interrupts lead where these say.
    this.#fittings.prepare();
    const memory = memoryOf(ram);
    memory.write(gpa(tablesAt), tables);
    memory.write(gpa(rsdpAt), rsdp);
    this.#enter(enter);
    return undefined;
  }

  #xenOf(plan: PcPlan, monitor: XenPlan, recalled: () => void): Xen {
    const { ram, layout, clock } = this;
    return xens.xenOn({
      ...{ plan: monitor, ram, layout, clock, recalled, startSeconds: plan.startSeconds, network: plan.network ?? [], note: plan.note },
      disks: plan.media?.disks ?? [],
      isFree: (at) => this.space.isFree(gpa(at), 4096),
      maker: plan.processor?.vendor === 'AuthenticAMD' ? 'amd' : 'intel',
      deliver: (message) => this.processor.deliver(message),
      lineOf: (place) => ('gsi' in place ? this.#fittings.lineOf(place.gsi) : this.chips.pci.slot(place.device).intx(place.pin + 1)),
      // It is asked for while it is made, too, when there are no drives yet.
      hide: (isHidden) => this.drives?.hide(isHidden),
      ended: (reason) => this.#ended(reason, plan.panicked),
    });
  }

  /** What a guest of Xen's asks it for, or is found to need. */
  #ended(reason: 'poweroff' | 'reboot' | 'crash' | 'watchdog', panicked: (() => void) | undefined): void {
    if (reason === 'reboot' || reason === 'watchdog') this.#loop.later(() => this.reset('bus'));
    else if (reason === 'crash' && panicked !== undefined) panicked();
    else this.#loop.end({ why: 'off' });
  }

  /** Firmware has done its part; its map reaches up to `end`. */
  #takeOver(end: number): void {
    const { ram } = this;
    const start = this.#start?.() ?? absent('start');
    const surveyed: Surveyed = {
      ...{ ranges: handedOver(ram, end), rsdp: rsdpIn(ram) },
      show: (wish) => this.#fittings.show(wish),
    };
    const enter = load(ram, surveyed, start);
    if (typeof enter === 'function') this.#enter(enter);
    else this.#loop.end({ why: 'misfit', misfit: enter });
  }

  /** The processor alone begins anew, in firmware that finds its memory as it was. Line A20 is let go of, or it would not find itself. */
  #begin(): void {
    this.#fittings.releaseA20();
    this.processor.deliver({ vector: 0, delivery: Delivery.init, isLevel: false, destination: 0, isLogical: false });
  }

  #enter(enter: Enter): void {
    this.processor.enter(enter);
  }

  #placeFirmware(): void {
    const image = this.#firmware;
    if (image === undefined) return;
    for (const { begin, end } of this.layout.firmware) this.ram.write(begin, image.subarray(image.length - (end - begin)));
  }
}

const absent = (what: string): never => {
  throw new Error(`there is no ${what}`);
};
