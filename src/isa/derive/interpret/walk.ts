/**
 * The walk of page tables that is usual: four levels, all marked as accessed, to memory that the host has seen to be nothing else. What it finds is noted
 * where handlers look first. Whatever is out of the ordinary, it leaves to the host, with nothing changed: SDM Vol. 3A, 5.5.
 */
import { Eflags, State } from '../../runtime/state.ts';
import { opcode, Stage, type StagedFunction, type Val } from '../../stage/index.ts';
import { Layout, PageBit, Tlb } from './memory.ts';

/** Bits of entries; CR0 and CR4 have SMAP and PGE. */
const Entry = { present: 1, writable: 2, user: 4, accessed: 32, dirty: 64, large: 128, global: 256 } as const;
const Cr4 = { pge: 7, smap: 21 } as const;

/** From the top. */
const levels = [
  { shift: 39, mayBeLarge: false },
  { shift: 30, mayBeLarge: true },
  { shift: 21, mayBeLarge: true },
  { shift: 12, mayBeLarge: false },
] as const;

/** Parameters and result are those of the host's `open`. */
export const walk = (): StagedFunction => {
  const stage = new Stage(['i64', 'i32', 'i32', 'i32', 'i32']);
  const given = [stage.parameter(0, 64), ...[1, 2, 3, 4].map((index) => stage.parameter(index, 32))];
  new Walk(stage, () => stage.do([opcode.return_call, { call: 'open' }], ...given)).emit();
  return { name: 'walk', stage, results: ['i32'] };
};

/** (linear, bytes, what `open` is told of an access) → place, or 0 where the host has to look: then nothing has changed. */
export const findSignature = { parameters: ['i64', 'i32', 'i32'], results: ['i32'] } as const;

/** The same for translations, which leave to the interpreter what it can't do. */
export const find = (): StagedFunction => {
  const stage = new Stage(findSignature.parameters);
  new Walk(stage, () => stage.do([opcode.return], stage.known(32, 0))).emit();
  return { name: 'find', stage, results: findSignature.results };
};

class Walk {
  readonly #leave: () => void;
  readonly #x: Stage;
  readonly #linear: Val;
  readonly #bytes: Val;
  readonly #isWrite: Val;

  constructor(x: Stage, leave: () => void) {
    this.#x = x;
    this.#leave = leave;
    this.#linear = x.parameter(0, 64);
    this.#bytes = x.parameter(1, 32);
    this.#isWrite = x.nez(x.parameter(2, 32));
  }

  emit(): void {
    const x = this.#x;
    const within = x.and(x.truncate(this.#linear, 32), x.known(32, 0xfff));
    const tlb = this.#state(State.tlb, 32);
    const isOne = x.not(x.ltu(x.sub(x.known(32, 4096), this.#bytes), within));
    const isCanonical = x.eq(x.sar(x.shl(this.#linear, 16), 16), this.#linear);
    const isChecked = x.eq(tlb, x.known(32, Tlb.alignedOffset));
    this.#leaveUnless(x.and(x.and(isOne, isCanonical), x.not(isChecked)));
    const all = x.variable(x.known(64, -1n));
    const leaf = x.variable(x.known(64, 0));
    const shift = x.variable(x.known(32, Tlb.pageBits));
    const from = x.and(this.#state(State.cr3, 64), x.known(64, 0xff_ffff_f000n));
    this.#descend(
      0,
      from,
      (entry) => x.set(all, x.and(x.get(all), entry)),
      (entry, bits) => {
        x.set(leaf, entry);
        x.set(shift, x.known(32, bits));
      },
    );
    this.#requireAllowed(x.get(all), x.get(leaf));
    // Within a large page.
    const inside = x.sub(x.shl(x.known(32, 1), x.get(shift)), x.known(32, 1));
    const low = x.truncate(x.get(leaf), 32);
    this.#leaveUnless(x.eqz(x.and(x.and(low, inside), x.known(32, ~0x1fff))));
    const page = x.and(x.or(x.and(low, x.not(inside)), x.and(x.truncate(this.#linear, 32), inside)), x.known(32, ~0xfff));
    this.#leaveUnless(this.#isMemory(x.zext(page, 64)));
    const known = x.load(8, x.shr(page, 14), { home: Layout.pages });
    const kind = x.shr(x.zext(known, 32), x.shl(x.and(x.shr(page, 12), x.known(32, 3)), 1));
    const wanted = x.select(this.#isWrite, x.known(32, PageBit.writable), x.known(32, PageBit.memory));
    this.#leaveUnless(x.nez(x.and(kind, wanted)));
    const place = x.add(page, this.#state(State.walkedPlace, 32));
    const isGlobal = x.and(x.nez(x.and(low, x.known(32, Entry.global))), x.bit(this.#state(State.cr4, 32), Cr4.pge));
    const note = (table: 'readable' | 'writable'): void => this.#note(table, { tlb, place, isGlobal, bits: x.get(shift) });
    note('readable');
    x.when(this.#isWrite, () => note('writable'));
    x.do([opcode.return], x.add(place, within));
    x.do([opcode.unreachable]);
  }

  /** From the table at a physical address down. */
  #descend(level: number, table: Val, meet: (entry: Val) => void, end: (entry: Val, bits: number) => void): void {
    const x = this.#x;
    const { shift, mayBeLarge } = levels[level] ?? noLevel();
    const index = x.and(x.truncate(x.shr(this.#linear, shift), 32), x.known(32, 511));
    const at = x.add(table, x.zext(x.shl(index, 3), 64));
    // Tables are where memory is.
    this.#leaveUnless(this.#isMemory(at));
    const entry = x.load(64, x.add(x.truncate(at, 32), this.#state(State.walkedPlace, 32)));
    const marks = Entry.present | Entry.accessed;
    // Above 4 GiB there is none here, and bits that are reserved are above that.
    const isUsual = x.eqz(x.and(x.slice(entry, 32, 32), x.known(32, 0xf_ffff)));
    this.#leaveUnless(x.and(isUsual, x.eq(x.and(x.truncate(entry, 32), x.known(32, marks)), x.known(32, marks))));
    meet(entry);
    if (level === levels.length - 1) {
      end(entry, shift);
      return;
    }
    const isLarge = x.nez(x.and(x.truncate(entry, 32), x.known(32, Entry.large)));
    const below = (): void => this.#descend(level + 1, x.and(entry, x.known(64, 0xffff_f000n)), meet, end);
    if (mayBeLarge) x.when(isLarge, () => end(entry, shift), below);
    else {
      this.#leaveUnless(x.not(isLarge));
      below();
    }
  }

  /** Rights that are asked for, by what all entries have; a page that is written is marked so. */
  #requireAllowed(all: Val, leaf: Val): void {
    const x = this.#x;
    const has = (entry: Val, bit: number): Val => x.nez(x.and(x.truncate(entry, 32), x.known(32, bit)));
    const isUser = x.eq(this.#state(State.cpl, 32), x.known(32, 3));
    const isLifted = x.or(
      x.not(x.bit(this.#state(State.cr4, 32), Cr4.smap)),
      x.nez(x.and(this.#state(State.flags, 32), x.known(32, Eflags.ac))),
    );
    const isReached = x.select(has(all, Entry.user), x.or(isUser, isLifted), x.not(isUser));
    const isWritten = x.and(has(all, Entry.writable), has(leaf, Entry.dirty));
    this.#leaveUnless(x.and(isReached, x.or(x.not(this.#isWrite), isWritten)));
  }

  /** As cpu's memory/noted.ts does. */
  #note(
    table: 'readable' | 'writable',
    { tlb, place, isGlobal, bits }: { readonly tlb: Val; readonly place: Val; readonly isGlobal: Val; readonly bits: Val },
  ): void {
    const x = this.#x;
    const index = x.and(x.truncate(x.shr(this.#linear, Tlb.pageBits), 32), x.known(32, Tlb.entries - 1));
    const at = x.add(x.shl(index, 4), tlb);
    const home = Layout[table];
    const before = x.load(8, at, { home: home + Tlb.Entry.flags });
    const list = x.select(isGlobal, x.known(8, Tlb.Flag.inGlobal), x.known(8, Tlb.Flag.inLocal));
    x.when(x.eqz(x.and(before, list)), () => {
      const second = x.add(x.zext(isGlobal, 32), x.known(32, table === 'writable' ? 2 : 0));
      const which = x.add(x.shr(tlb, 13), second);
      const counter = x.shl(which, 2);
      const count = x.load(32, counter, { home: Layout.counts });
      x.store(x.truncate(index, 16), x.add(x.mul(which, x.known(32, 2 * Tlb.entries)), x.shl(count, 1)), { home: Layout.lists });
      x.store(x.add(count, x.known(32, 1)), counter, { home: Layout.counts });
    });
    const kept = x.and(before, x.known(8, ~Tlb.Flag.isGlobal));
    x.store(x.or(x.or(kept, list), x.select(isGlobal, x.known(8, Tlb.Flag.isGlobal), x.known(8, 0))), at, { home: home + Tlb.Entry.flags });
    x.store(x.truncate(bits, 8), at, { home: home + Tlb.Entry.pageBits });
    x.store(x.and(this.#linear, x.known(64, ~0xfffn)), at, { home });
    x.store(place, at, { home: home + Tlb.Entry.place });
  }

  /** Of a physical address, of 64 bits. */
  #isMemory(at: Val): Val {
    const x = this.#x;
    const from = x.zext(this.#state(State.walkedFrom, 32), 64);
    return x.ltu(x.sub(at, from), x.zext(this.#state(State.walked, 32), 64));
  }

  #state(offset: number, w: number): Val {
    return this.#x.load(w, this.#x.known(32, 0), { home: offset });
  }

  #leaveUnless(claim: Val): void {
    const x = this.#x;
    x.when(x.not(claim), this.#leave);
  }
}

const noLevel = (): never => {
  throw new Error('a walk has no end');
};
