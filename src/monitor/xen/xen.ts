/** Xen as a guest finds it that is ported to it and runs on page tables of its own (HVM and PVH): its leaves, calls, store, console, disks and network cards. */
import {
  type Cable,
  type Caller,
  type Clock,
  type Disk,
  type Gpa,
  gpa,
  type Line,
  type Memory,
  type Monitor,
  type MonitorLeaf,
  type MonitorModel,
  type Stateful,
  type Window,
} from '../../machine/index.ts';
import { BlockBack } from './back/block.ts';
import { NetworkBack } from './back/network.ts';
import type { Cutter, Joiner } from './back/packet.ts';
import type { MemoryRange } from './call/memory.ts';
import type { Shutdown } from './call/sched.ts';
import { callsOf } from './calls.ts';
import { type ConsoleEnd, ConsoleRing } from './console-ring.ts';
import { CallbackLine, type CallbackPlace, vectorOf } from './event/callback.ts';
import { Channels, End, StandingPort } from './event/channels.ts';
import { Fifo } from './event/fifo.ts';
import { firstNodes } from './first-nodes.ts';
import { GrantTable } from './grant/table.ts';
import { GuestPages, type PageWires } from './guest-pages.ts';
import { hypercallPage } from './hypercall-page.ts';
import { hypercallModel, leafOf } from './leaves.ts';
import { pageBytes, Virq } from './numbers.ts';
import { ownPages } from './places.ts';
import { SharedInfo } from './shared-info.ts';
import { SparePages } from './spare-pages.ts';
import { StoreConnection } from './store/connection.ts';
import { home } from './store/store.ts';
import { Timer } from './timer.ts';
import { Unplug } from './unplug.ts';

export interface XenCard {
  readonly cable: Cable;
  /** Six bytes. */
  readonly mac: Uint8Array;
}

/** What a guest may be asked for. */
export type XenRequest = 'poweroff' | 'reboot' | 'suspend';

export interface XenWires {
  readonly memory: Memory;
  readonly isThere: PageWires['isThere'];
  readonly piece: PageWires['piece'];
  readonly word: PageWires['word'];
  /** Whether neither memory nor a device is in a page; and a spare page, by its number, comes to lie there, or nowhere. */
  readonly isFree: (at: number) => boolean;
  readonly move: (spare: number, at: number | undefined) => void;
  readonly ranges: readonly MemoryRange[];
  readonly clock: Clock;
  /** When its time was 0, in seconds since 1970. */
  readonly startSeconds: number;
  /** Whose instruction is in the hypercall page. */
  readonly maker: 'intel' | 'amd';
  /** Interrupts the processor by a vector of its local APIC. */
  readonly interrupt: (vector: number) => void;
  /** `called` may be another one now. */
  readonly recalled: () => void;
  readonly lineOf: (place: CallbackPlace) => Line | undefined;
  /** Up to 26 disks, and up to eight network cards. */
  readonly disks: readonly Disk[];
  readonly cards: readonly XenCard[];
  readonly cutter: (send: (frame: Uint8Array) => void) => Cutter;
  readonly joiner: () => Joiner;
  readonly console: ConsoleEnd;
  /** What kernels say before they have a console. */
  readonly note: ((byte: number) => void) | undefined;
  readonly hide: (isHidden: boolean) => void;
  /** The guest needs what is in a page no more. */
  readonly given: (at: Gpa) => void;
  /** The guest ends itself, or its kernel has found that it can't go on. */
  readonly ended: (reason: Exclude<Shutdown, 'suspend'>) => void;
  /** Told where a guest does what it can't. */
  readonly complain: (words: string) => void;
}

export class Xen implements Monitor {
  readonly console: ConsoleRing;
  readonly cards: readonly NetworkBack[];
  /** Ports that tell of it. */
  readonly unplug: Window;
  /** All that it is, by what people call it. */
  readonly all: ReadonlyMap<string, Stateful>;
  readonly #shared: SharedInfo;
  readonly #line: CallbackLine;
  readonly #store: StoreConnection;
  readonly #pages: GuestPages;
  readonly #maker: XenWires['maker'];
  readonly #call: (caller: Caller) => void;

  constructor(wires: XenWires) {
    const { clock, complain, note } = wires;
    const pages = new GuestPages(wires);
    const interrupt = (vector: number): void => wires.interrupt(vector);
    const line = new CallbackLine({
      ...{ lineOf: wires.lineOf, callback: () => shared.callback, isAsking: () => !shared.hasVector && shared.isPending },
    });
    const shared = new SharedInfo({
      ...{ pages, startSeconds: wires.startSeconds, interrupt, settled: () => line.settle() },
      called: (isNew) => {
        if (isNew) line.raise();
        wires.recalled();
      },
    });
    const spare = new SparePages({ isFree: wires.isFree, move: wires.move, write: (at, bytes) => pages.write(at, bytes) });
    const fifo = new Fifo(pages, shared);
    const grants = new GrantTable(pages);
    const ends = new Map<number, () => void>();
    const channels = new Channels({ shared, fifo, ends });
    const timer = new Timer({ clock, fire: () => channels.interrupt(Virq.timer) });
    const back = { store: () => store.store, channels, grants, pages, complain };
    const disks = wires.disks.map((disk, index) => new BlockBack({ ...back, disk, index, clock }));
    const cards = wires.cards.map(
      (card, index) => new NetworkBack({ ...back, ...card, index, cutter: wires.cutter, joiner: wires.joiner() }),
    );
    const backs = [...disks, ...cards];
    const store = new StoreConnection({
      ...{ pages, page: gpa(ownPages.at + pageBytes), complain, notify: () => channels.raise(StandingPort.store) },
      first: () => firstNodes(backs.map((one) => one.nodes())),
    });
    const console = new ConsoleRing({
      pages,
      page: gpa(ownPages.at),
      line: wires.console,
      notify: () => channels.raise(StandingPort.console),
    });
    const unplug = new Unplug({ hide: wires.hide, note });
    ends.set(End.store, () => store.serve());
    ends.set(End.console, () => console.serve());
    for (const [index, one] of disks.entries()) ends.set(End.disks + index, () => one.serve());
    for (const [index, one] of cards.entries()) ends.set(End.cards + index, () => one.serve());
    for (const one of backs) one.listen();
    const named = (name: string, all: readonly Stateful[]) => all.map((one, index) => [`${name} ${index}`, one] as const);
    this.all = new Map<string, Stateful>([
      ...Object.entries({
        'Xen pages': spare,
        'Xen shared information': shared,
        'Xen event channels': channels,
        'Xen event queues': fifo,
        'Xen timers': timer,
      }),
      ...Object.entries({ 'Xen grants': grants, 'Xen store': store, 'Xen console': console, 'Xen unplug': unplug }),
      ...named('Xen disk', disks),
      ...named('Xen network card', cards),
    ]);
    this.#shared = shared;
    this.#line = line;
    this.#store = store;
    this.#pages = pages;
    this.#maker = wires.maker;
    this.console = console;
    this.cards = cards;
    this.unplug = unplug;
    this.#call = callsOf({
      ...{
        channels,
        fifo,
        pages,
        shared,
        grants,
        spare,
        timer,
        clock,
        note,
        rewired: () => {
          line.settle();
          wires.recalled();
        },
        given: wires.given,
        ranges: wires.ranges,
      },
      frames: { console: ownPages.at / pageBytes, store: ownPages.at / pageBytes + 1 },
      now: () => clock.now,
      shutdown: (reason) => {
        if (reason === 'suspend') this.#resume();
        else wires.ended(reason);
        return 0;
      },
    });
  }

  identify(leaf: number, subleaf: number): MonitorLeaf | undefined {
    return leafOf(leaf, subleaf);
  }

  /** The address of a page that is written so that hypercalls are made by it. */
  model(number: number): MonitorModel | undefined {
    if (number !== hypercallModel) return undefined;
    return {
      read: () => 0n,
      write: (value) => {
        const page = value % BigInt(pageBytes) === 0n ? this.#pages.frame(value / BigInt(pageBytes)) : undefined;
        if (page !== undefined) this.#pages.write(page, hypercallPage(this.#maker));
        return page !== undefined;
      },
    };
  }

  call(caller: Caller): void {
    this.#call(caller);
    this.#line.settle();
  }

  /** The guest is through with an interrupt: it may have looked at all events. */
  heard(): void {
    this.#line.settle();
  }

  /** The time-stamp counter was set: so far it is ahead of the processor's time. */
  recounted(ahead: bigint): void {
    this.#shared.recounted(ahead);
  }

  /** The vector by which the processor is to be interrupted without its local APIC, as long as there are events that it hasn't looked at. */
  get called(): number | undefined {
    const { callback, hasVector, isPending } = this.#shared;
    return !hasVector && isPending ? vectorOf(callback) : undefined;
  }

  /** Asks the guest for that: docs/misc/xenstore-paths.pandoc, control/shutdown. False where it doesn't listen there. */
  ask(what: XenRequest): boolean {
    const { store } = this.#store;
    const path = `${home}/control/shutdown`;
    const listens = store.isWatched(path);
    if (listens) store.write(path, what);
    return listens;
  }

  /** A guest that has been suspended goes on as if it had come here: it finds all as at its beginning, and connects anew. */
  #resume(): void {
    for (const one of this.all.values()) one.reset('bus');
  }
}
