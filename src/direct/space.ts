/** An address space whose programs run in a process of the host: which of its pages are there, as a buffer of translations that is never too small. */
import type { Access, Inside } from '../cpu/index.ts';
import type { Child, ChildHost, Rights } from './host.ts';
import { type Pages, pageBytes, type Showing } from './pages.ts';
import type { Width } from './segments.ts';
import { escapeByte, farthest, hasSensitive, tailBytes } from './sensitive.ts';
import { hasSensitiveAcross32 } from './sensitive32.ts';
import { type Allowed, Tables } from './tables.ts';

/** Pages that are shown together, as far as they were touched before, and such that are hidden together. */
const [windowPages, blockPages] = [32, 16] as const;
/** A Linux process has no more than 65,530 mappings by default: vm.max_map_count. */
const mostMappings = 40_000;

/** A page is shown now · its system has to see to it first · it isn't shown so: what a program wants with it is to be interpreted. */
export type Met = 'shown' | 'absent' | 'kept';

/** What is shown of a page: the number of the page of memory, and of its rights. */
const packed = (page: number, { isWritable, isExecutable }: Rights): number => page * 4 + (isWritable ? 2 : 0) + (isExecutable ? 1 : 0);
const rightsOf = (entry: number): Rights => ({ isWritable: (entry & 2) !== 0, isExecutable: (entry & 1) !== 0 });
const pageOf = (entry: number): number => Math.floor(entry / 4);

export class Space implements Showing {
  readonly child: Child;
  readonly #inside: Inside;
  readonly #pages: Pages;
  readonly #reserved: ChildHost['reserved'];
  readonly #tables: Tables;
  /** By numbers of linear pages. */
  readonly #shown = new Map<number, number>();
  /** How often something was shown: no more mappings are there. */
  #mappings = 0;
  /** Of the code that its pages were judged for. */
  #width: Width = 64;

  /** `top`: where its page tables begin. */
  constructor(inside: Inside, pages: Pages, child: Child, { reserved }: ChildHost, top: bigint) {
    this.#inside = inside;
    this.#pages = pages;
    this.child = child;
    this.#reserved = reserved;
    this.#tables = new Tables(inside, top);
  }

  /** Before a program of this width runs: pages of code mean something else in the other one. */
  speak(width: Width): void {
    if (width === this.#width) return;
    this.#width = width;
    for (const [number, entry] of this.#shown) {
      if (!rightsOf(entry).isExecutable) continue;
      this.#uncount(number);
      this.child.hide(number * pageBytes, pageBytes);
    }
  }

  /** After a program met a page that isn't there, or not so. */
  meet(linear: bigint, access: Access): Met {
    const number = Number(linear >> 12n);
    if (!this.#isPrograms(number)) return 'kept';
    const found = this.#inside.reach(linear, access);
    if (found === undefined) return 'absent';
    if (this.#inside.isDevice(found.physical)) return 'kept';
    if (access === 'write') this.#pages.spoil(found.physical);
    const allowed = { physical: found.physical, isWritable: access === 'write' || found.isWritable, isExecutable: access === 'execute' };
    this.#tables.forget();
    const own = this.#entryOf(number, allowed, access);
    if (own === undefined) return 'kept';
    if (this.#mappings > mostMappings) this.#hideAll();
    const entries = new Map([[number, own]]);
    const first = number - (number % windowPages);
    for (let near = first; near < first + windowPages; near++) {
      if (near === number || this.#shown.has(near) || !this.#isPrograms(near)) continue;
      const there = this.#tables.at(near);
      const entry = there === undefined || (access === 'execute' && !there.isExecutable) ? undefined : this.#entryOf(near, there, access);
      if (entry !== undefined) entries.set(near, entry);
    }
    this.#show(entries);
    return 'shown';
  }

  #isPrograms(number: number): boolean {
    const at = number * pageBytes;
    return number > 0 && !(at >= this.#reserved.begin && at < this.#reserved.end);
  }

  /** How a page is shown that is met, or near one that is. Of what may be written and executed, either is. */
  #entryOf(number: number, { physical, isWritable }: Allowed, access: Access): number | undefined {
    const page = this.#pages.at(physical, 'read');
    if (page === undefined || this.#inside.isDevice(physical)) return undefined;
    if (access === 'execute') {
      return this.#mayRun(number, page, physical) ? packed(page, { isWritable: false, isExecutable: true }) : undefined;
    }
    const isFree = isWritable && !this.#pages.hasCode(physical) && this.#pages.at(physical, 'write') === page;
    if (access === 'write' && !isFree) return undefined;
    return packed(page, { isWritable: isFree, isExecutable: false });
  }

  /** An instruction may be in two pages: with what is shown before and behind it, too. */
  #mayRun(number: number, page: number, physical: number): boolean {
    if (!this.#pages.mayRun(page, physical, this.#width)) return false;
    const bytes = this.#pages.bytesOf(page);
    const isJoined =
      this.#width === 64 ? this.#mayJoin(this.#executableAt(number - 1), bytes) : this.#mayJoin32(this.#before(number), bytes);
    const behind = this.#executableAt(number + 1);
    if (!isJoined || behind === undefined) return isJoined;
    return this.#width === 64 ? this.#mayJoin(bytes, behind) : this.#mayJoin32(bytes, behind);
  }

  #mayJoin(before: Uint8Array | undefined, behind: Uint8Array): boolean {
    if (before === undefined || !before.subarray(1 - tailBytes).includes(escapeByte)) return true;
    const near = before.subarray(-2 * farthest);
    const lengthOf = (code: Uint8Array, at: number): number => this.#inside.lengthOf(code, at, 64);
    return !hasSensitive(near, behind.subarray(0, tailBytes), lengthOf, near.length - tailBytes + 1);
  }

  #mayJoin32(before: Uint8Array | undefined, behind: Uint8Array): boolean {
    return !hasSensitiveAcross32(before, behind, (code, at) => this.#inside.lengthOf(code, at, 32));
  }

  /** Code that comes before a page, shown or not. */
  #before(number: number): Uint8Array | undefined {
    const there = this.#tables.at(number - 1);
    const page = there?.isExecutable === true ? this.#pages.at(there.physical, 'read') : undefined;
    return page === undefined || this.#inside.isDevice(there?.physical ?? 0) ? undefined : this.#pages.bytesOf(page);
  }

  #executableAt(number: number): Uint8Array | undefined {
    const entry = this.#shown.get(number);
    return entry === undefined || !rightsOf(entry).isExecutable ? undefined : this.#pages.bytesOf(pageOf(entry));
  }

  /** Neighbours that are neighbours in memory, too, at once. */
  #show(entries: ReadonlyMap<number, number>): void {
    let run: { from: number; entry: number; count: number } | undefined;
    const end = (): void => {
      if (run === undefined) return;
      const { from, entry, count } = run;
      this.child.show(from * pageBytes, pageOf(entry) * pageBytes, count * pageBytes, rightsOf(entry));
      this.#mappings++;
      run = undefined;
    };
    for (const [number, entry] of [...entries].toSorted(([one], [other]) => one - other)) {
      this.#uncount(number);
      this.#shown.set(number, entry);
      const { isWritable, isExecutable } = rightsOf(entry);
      this.#pages.count(pageOf(entry), isWritable, isExecutable, 1);
      if (run !== undefined && number === run.from + run.count && entry === run.entry + 4 * run.count) run.count++;
      else {
        end();
        run = { from: number, entry, count: 1 };
      }
    }
    end();
  }

  #uncount(number: number): void {
    const entry = this.#shown.get(number);
    if (entry === undefined) return;
    const { isWritable, isExecutable } = rightsOf(entry);
    this.#pages.count(pageOf(entry), isWritable, isExecutable, -1);
    this.#shown.delete(number);
  }

  /** With those around it: whoever takes one away takes more. */
  forgetPage(linear: bigint): void {
    const number = Number(linear >> 12n);
    if (!this.#shown.has(number)) return;
    const from = number - (number % blockPages);
    for (let one = from; one < from + blockPages; one++) this.#uncount(one);
    this.child.hide(from * pageBytes, blockPages * pageBytes);
    this.child.carryOut();
  }

  /** All are forgotten: those that the tables still allow are as they would be found again. `isPresent`: these are the tables of the present address space, and nothing else by now. Returns what share of them stayed. */
  forgetAll(isPresent: boolean): number {
    const { size } = this.#shown;
    if (size === 0) return 1;
    if (!isPresent) {
      this.#hideAll();
      this.child.carryOut();
      return 0;
    }
    this.#tables.forget();
    const less = new Map<number, number>();
    for (const [number, entry] of this.#shown) {
      const there = this.#tables.at(number);
      const { isWritable, isExecutable } = rightsOf(entry);
      const isSame =
        there !== undefined && this.#pages.at(there.physical, 'read') === pageOf(entry) && (!isExecutable || there.isExecutable);
      if (isSame && (!isWritable || there.isWritable)) continue;
      if (isSame) less.set(number, packed(pageOf(entry), { isWritable: false, isExecutable }));
      else {
        this.#uncount(number);
        this.child.hide(number * pageBytes, pageBytes);
      }
    }
    this.#show(less);
    this.child.carryOut();
    return this.#shown.size / size;
  }

  #hideAll(): void {
    for (const number of [...this.#shown.keys()]) this.#uncount(number);
    this.#mappings = 0;
    this.child.hideAll();
  }

  withdraw(page: number, what: 'writable' | 'executable'): void {
    let isAny = false;
    for (const [number, entry] of this.#shown) {
      if (pageOf(entry) !== page || !rightsOf(entry)[what === 'writable' ? 'isWritable' : 'isExecutable']) continue;
      this.#uncount(number);
      this.child.hide(number * pageBytes, pageBytes);
      isAny = true;
    }
    if (isAny) this.child.carryOut();
  }

  /** Its process ends, and shows nothing any more. */
  end(): void {
    for (const number of [...this.#shown.keys()]) this.#uncount(number);
    this.child.end();
  }
}
