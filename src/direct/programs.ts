/**
 * Direct execution: programs run as they are, in processes of the host that have their pages and nothing else; whatever isn't theirs to do stops them, and is interpreted. The processor owns the state: it is
 * put into a process when a program goes on there, and taken back when it stops.
 *
 * What is worth it is measured: worth.ts.
 */
import { linuxFrame, signals } from '../abi/index.ts';
import { type Access, Efer, heedArrivals, heedSpaces, type Inside, type MakePrograms, type Programs, type Went } from '../cpu/index.ts';
import { Eflags, highOf, State } from '../isa/index.ts';
import { Frame } from './frame.ts';
import type { Child, ChildHost } from './host.ts';
import { Pages, type Showing } from './pages.ts';
import { type Width, widthOf } from './segments.ts';
import { Space } from './space.ts';
import { Worth } from './worth.ts';

const { context, information, fromKernel } = linuxFrame;
/** Vectors of exceptions, as the kernel tells them: SDM Vol. 3A, table 7-1. */
const Trap = { debug: 1, breakpoint: 3, overflow: 4, page: 14 } as const;
const [writes, fetches] = [2, 16];
/** Of SYSCALL, INT n. */
const askBytes = 2;
/** INT3 and INTO; INT n of the same vectors ends in the vector. */
const short = { [Trap.breakpoint]: 0xcc, [Trap.overflow]: 0xce } as const;
/** That Linux lets pass whatever filters say, and that ends in a signal: uretprobe(2). */
const unfiltered = 335n;

/** What of the pages that were shown still is so where it is the same program. */
const leastStayed = 0.5;
/** Address spaces that it is remembered of how it went with them. */
const mostWorths = 1024;
/** Nanoseconds for two switches of processes, at the most; and how many times the shortest is usual. */
const longestWay = 50_000;
const waySlack = 1.5;

/** What of a child's shared words is looked at. */
export interface Words {
  readonly signal: number;
  readonly fsBase: number;
  readonly gsBase: number;
  readonly selectors: number;
}

/** What it came to so far. */
export interface Counts {
  /** How often programs ran there, and of that in code of 32 bits; how often pages were shown for it, and for about how many nanoseconds they ran. */
  visits: number;
  narrow: number;
  faults: number;
  nanoseconds: number;
  /** Address spaces that had a process; and programs that were lost with one. */
  spaces: number;
  lost: number;
}

/** Whether programs run so at the moment, which whoever has the computer decides between two runs of it, and what it came to. */
export interface Told {
  isOn: boolean;
  readonly counts: Counts;
}

interface Known {
  readonly space: Space;
  readonly frame: Frame;
  readonly worth: Worth;
  /** What its program met and its system had to see to: it is soon met again. */
  missed: { readonly linear: bigint; readonly access: Access } | undefined;
  /** What its translations are named by. */
  pcid: bigint;
  used: number;
}

export const directPrograms =
  (host: ChildHost, words: Words, told: Told): MakePrograms =>
  (inside) =>
    new DirectPrograms(host, words, told, inside);

class DirectPrograms implements Programs {
  readonly #host: ChildHost;
  readonly #words: Words;
  readonly #inside: Inside;
  readonly #state: DataView;
  readonly #pages: Pages;
  readonly #showing = new Set<Showing>();
  readonly #told: Told;
  readonly #counts: Counts;
  /** Nanoseconds: of the present visit, what was the program's own; and how long going there and back takes. */
  #own = 0;
  #way = longestWay;
  /** The last address space that was entered. */
  #entered = -1n;
  /** By where their page tables begin. */
  readonly #known = new Map<bigint, Known>();
  /** Of those that have no process: how it went with them. */
  readonly #worths = new Map<bigint, Worth>();

  constructor(host: ChildHost, words: Words, told: Told, inside: Inside) {
    this.#host = host;
    this.#words = words;
    this.#inside = inside;
    this.#told = told;
    this.#counts = told.counts;
    this.#state = inside.state;
    this.#pages = new Pages(inside, this.#showing, () => this.forgetAll());
  }

  areOn(): boolean {
    if (!this.#told.isOn && this.#known.size > 0) this.#dropAll();
    return this.#told.isOn;
  }

  run(nanoseconds: () => number, isArriving: boolean): Went {
    const began = this.#host.now();
    const width = widthOf(this.#state);
    if (width === undefined || (width === 32 && !this.#host.hasCode32())) return 'not';
    const known = this.#worthwhile(began, isArriving);
    if (known === undefined) return 'not';
    this.#own = 0;
    const went = this.#visit(known, width, began + nanoseconds());
    const now = this.#host.now();
    this.#counts.visits++;
    if (width === 32) this.#counts.narrow++;
    this.#counts.nanoseconds += this.#own;
    known.worth.spent(now - began, this.#own, now);
    if (went === 'lost') this.#counts.lost++;
    if (known.space.child.isOver) this.#drop(this.#table);
    this.#heed();
    return went;
  }

  /** Where the page tables begin: in PAE of 32 bits at a multiple of 32. SDM Vol. 3A, table 5-7. */
  get #table(): bigint {
    const cr3 = this.#state.getBigUint64(State.cr3, true);
    return this.#isLong ? cr3 & ~0xfffn : cr3 & 0xffff_ffe0n;
  }

  get #pcid(): bigint {
    return this.#isLong ? this.#state.getBigUint64(State.cr3, true) & 0xfffn : 0n;
  }

  get #isLong(): boolean {
    return (this.#state.getUint32(State.efer, true) & Efer.lma) !== 0;
  }

  /** Who is tried now, or goes on there. */
  #worthwhile(now: number, isArriving: boolean): Known | undefined {
    const table = this.#table;
    const known = this.#known.get(table);
    if (known?.space.child.isOver) this.#drop(table);
    else if (known !== undefined) {
      known.used = now;
      return known.worth.isWorthwhile(now, isArriving) ? known : undefined;
    }
    const worth = this.#worths.get(table) ?? new Worth();
    if (this.#worths.size > mostWorths) this.#worths.clear();
    this.#worths.set(table, worth);
    if (!worth.isWorthwhile(now, isArriving)) return undefined;
    return this.#begin(table, worth, now);
  }

  #begin(table: bigint, worth: Worth, now: number): Known | undefined {
    let child = this.#host.open();
    if (child === undefined) {
      const [oldest] = [...this.#known].toSorted(([, one], [, other]) => one.used - other.used);
      if (oldest !== undefined) this.#drop(oldest[0]);
      child = this.#host.open();
    }
    if (child === undefined) {
      worth.rest(now);
      return undefined;
    }
    const space = new Space(this.#inside, this.#pages, child, this.#host, table);
    const { fsBase, gsBase, selectors: data } = this.#words;
    const frame = new Frame(this.#state, {
      ...{ shared: child.shared, context: child.context, vectors: child.vectors },
      bases: { fs: fsBase, gs: gsBase },
      data,
    });
    const known = { space, frame, worth, missed: undefined, pcid: this.#pcid, used: now };
    this.#known.set(table, known);
    this.#worths.delete(table);
    this.#showing.add(space);
    this.#counts.spaces++;
    heedSpaces(this.#state, true);
    return known;
  }

  #drop(table: bigint): void {
    const known = this.#known.get(table);
    if (known === undefined) return;
    this.#known.delete(table);
    this.#showing.delete(known.space);
    known.space.end();
    heedSpaces(this.#state, this.#known.size > 0);
  }

  #dropAll(): void {
    for (const table of [...this.#known.keys()]) this.#drop(table);
    heedArrivals(this.#state, false);
  }

  /** Whether handlers shall give control back where the system goes back to this address space's programs. */
  #heed(): void {
    const known = this.#known.get(this.#table);
    heedArrivals(this.#state, known?.worth.isHot ?? false);
  }

  /** What goes to it and comes back takes the same time whatever it does: the least that it ever took, about. */
  #go(child: Child, until: number): ReturnType<Child['run']> {
    const from = this.#host.now();
    const ran = child.run(until);
    const took = this.#host.now() - from;
    this.#way = Math.min(this.#way, took);
    this.#own += Math.max(took - waySlack * this.#way, 0);
    return ran;
  }

  #visit(known: Known, width: Width, until: number): Went {
    const { space, frame, missed } = known;
    const { child } = space;
    space.speak(width);
    if (missed !== undefined) space.meet(missed.linear, missed.access);
    known.missed = undefined;
    const { shared } = child;
    const { signal } = this.#words;
    frame.put(width);
    for (;;) {
      const ran = this.#go(child, until);
      if (ran === 'lost') return ran;
      // Its registers are as they were put there, or as it last stopped.
      if (ran === 'never') return this.#taken(frame) ? 'on' : 'lost';
      const [why, trap] = [shared.getUint32(signal, true), shared.getUint32(child.context + context.trap, true)];
      if (why === signals.SIGSEGV && trap === Trap.page) {
        const linear = shared.getBigUint64(child.context + context.cr2, true);
        const error = shared.getUint32(child.context + context.error, true);
        const access = (error & fetches) !== 0 ? 'execute' : (error & writes) !== 0 ? 'write' : 'read';
        const isPrograms = highOf(linear) >>> 15 === 0;
        const met = isPrograms ? space.meet(linear, access) : 'kept';
        if (met === 'shown') {
          this.#counts.faults++;
          if (!child.isOver && this.#host.now() < until) continue;
          return this.#taken(frame) ? 'late' : 'lost';
        }
        if (met === 'absent') known.missed = { linear, access };
        return this.#taken(frame) ? 'on' : 'lost';
      }
      if (why === signals.SIGUSR1) {
        if (this.#host.now() < until) continue;
        return this.#taken(frame) ? 'late' : 'lost';
      }
      return this.#taken(frame) ? this.#ended(why, trap, child.context, shared) : 'lost';
    }
  }

  /** Who has what no program could have is a program that has spoiled what isn't its own. */
  #taken(frame: Frame): boolean {
    if (frame.take()) return true;
    this.#drop(this.#table);
    return false;
  }

  /** The instruction that it stopped at, or behind, is to be interpreted: it is gone back to. */
  #ended(why: number, trap: number, at: number, shared: DataView): Went {
    const state = this.#state;
    const back = (bytes: number): void => state.setBigUint64(State.rip, state.getBigUint64(State.rip, true) - BigInt(bytes), true);
    if (why === signals.SIGSYS) back(askBytes);
    else if (why === signals.SIGILL && shared.getUint32(at + context.information + information.code, true) === fromKernel) {
      state.setBigUint64(State.gpr, unfiltered, true);
      back(askBytes);
    } else if (trap === Trap.breakpoint || trap === Trap.overflow) back(this.#lastByte === short[trap] ? 1 : askBytes);
    else if (why === signals.SIGTRAP && trap === Trap.debug) {
      if ((state.getUint32(State.flags, true) & Eflags.tf) !== 0) return 'stepped';
      // INT1.
      back(1);
    }
    return 'on';
  }

  /** Of the instruction that it stopped behind. */
  get #lastByte(): number | undefined {
    const at = BigInt.asUintN(64, this.#state.getBigUint64(State.rip, true) - 1n);
    const found = this.#inside.reach(at, 'read');
    const page = found === undefined ? undefined : this.#pages.at(found.physical, 'read');
    return page === undefined ? undefined : this.#pages.bytesOf(page)[Number(at & 0xfffn)];
  }

  forgetPage(linear: bigint): void {
    if (highOf(linear) >>> 15 === 0) this.#known.get(this.#table)?.space.forgetPage(linear);
  }

  forgetContext(pcid: bigint, linear: bigint | undefined): void {
    for (const known of this.#known.values()) {
      if (known.pcid !== pcid) continue;
      const { space } = known;
      if (linear === undefined) space.forgetAll(known === this.#known.get(this.#table));
      else if (highOf(linear) >>> 15 === 0) space.forgetPage(linear);
    }
  }

  forgetAll(): void {
    const present = this.#known.get(this.#table);
    for (const known of this.#known.values()) known.space.forgetAll(known === present);
  }

  forgetMemory(): void {
    this.#dropAll();
    this.#pages.forget();
  }

  enterSpace(keeps: boolean): void {
    const table = this.#table;
    const isOther = table !== this.#entered;
    this.#entered = table;
    const known = this.#known.get(table);
    // Tables of a program that has ended soon are another one's, of which nothing is known yet.
    if (known === undefined && isOther && !keeps) this.#worths.delete(table);
    // By another name nothing was known.
    if (known !== undefined && !(keeps && known.pcid === this.#pcid)) {
      known.pcid = this.#pcid;
      const stayed = known.space.forgetAll(true);
      if (isOther && stayed < leastStayed) this.#drop(table);
    }
    this.#heed();
  }
}
