/**
 * The walk of page tables that is usual, in every mode but that of five levels: all entries marked as accessed, to memory that the host has seen to be nothing else.
 * What it finds is noted where handlers look first. Whatever is out of the ordinary, it leaves to the host, with nothing changed: SDM Vol. 3A, 5.3 to 5.5.
 */
import { Eflags, State } from '../../runtime/state.ts';
import { opcode, Stage, type StagedFunction, type Val, type Variable } from '../../stage/index.ts';
import { entryOf, placeIn } from './lookup.ts';
import { Layout, PageBit, programBits, Tlb } from './memory.ts';
import { note } from './noting.ts';
import { Cr0, Cr4, Efer, Entry, entryIn, isMemory, isPointer, type Level, pageOf, pointers, pointersAt } from './page-tables.ts';

/** What an entry's upper half may not have: an address above 4 GiB, of which there is none here, or what is reserved. With PAE bits 52 to 62 are: table 5-10. */
const tooHigh = { long: 0xf_ffff, pae: 0x7fff_ffff, noExecute: 0x8000_0000 } as const;

/** Parameters and result are those of the host's `open`. */
export const walk = (): StagedFunction => {
  const stage = new Stage(['i64', 'i32', 'i32', 'i32', 'i32']);
  const given = [stage.parameter(0, 64), ...[1, 2, 3, 4].map((index) => stage.parameter(index, 32))];
  new Walk(stage, () => stage.do([opcode.return_call, { call: 'open' }], ...given)).emit();
  return { name: 'walk', stage, results: ['i32'] };
};

/** (linear, bytes, what `open` is told of an access) → place, or 0 where the host has to look: then nothing has changed. */
export const findSignature = { parameters: ['i64', 'i32', 'i32'], results: ['i32'] } as const;

/** The same for translations, some of which haven't looked where it was noted, and which leave to the interpreter what it can't do. */
export const find = (): StagedFunction => {
  const stage = new Stage(findSignature.parameters);
  const [linear, bytes, isWrite] = [stage.parameter(0, 64), stage.parameter(1, 32), stage.nez(stage.parameter(2, 32))];
  const tlb = stage.load(32, stage.known(32, 0), { home: State.tlb });
  const to = stage.select(isWrite, stage.known(32, Layout.writable - Layout.readable), stage.known(32, 0));
  const entry = entryOf(stage, stage.add(tlb, to), linear, 'read');
  const isThere = stage.ltu(entry.within, stage.zext(stage.sub(stage.known(32, 4097), bytes), 64));
  stage.when(isThere, () => stage.do([opcode.return], placeIn(stage, entry)));
  new Walk(stage, () => stage.do([opcode.return], stage.known(32, 0))).emit();
  return { name: 'find', stage, results: findSignature.results };
};

class Walk {
  readonly #leave: () => void;
  readonly #x: Stage;
  readonly #linear: Val;
  readonly #bytes: Val;
  readonly #isWrite: Val;
  /** The address's lower half. */
  readonly #low: Val;
  /** What all entries have; the last one; how many bits of an address its page takes. */
  readonly #all: Variable;
  readonly #leaf: Variable;
  readonly #shift: Variable;

  constructor(x: Stage, leave: () => void) {
    this.#x = x;
    this.#leave = leave;
    this.#linear = x.parameter(0, 64);
    this.#bytes = x.parameter(1, 32);
    this.#isWrite = x.nez(x.parameter(2, 32));
    this.#low = x.truncate(this.#linear, 32);
    this.#all = x.variable(x.known(32, -1));
    this.#leaf = x.variable(x.known(32, 0));
    this.#shift = x.variable(x.known(32, Tlb.pageBits));
  }

  emit(): void {
    const x = this.#x;
    const within = x.and(this.#low, x.known(32, 0xfff));
    const tlb = this.#state(State.tlb, 32);
    const isOne = x.not(x.ltu(x.sub(x.known(32, 4096), this.#bytes), within));
    const isCanonical = x.eq(x.sar(x.shl(this.#linear, 16), 16), this.#linear);
    const isChecked = x.eq(tlb, x.known(32, Tlb.alignedOffset));
    this.#leaveUnless(x.and(x.and(isOne, isCanonical), x.not(isChecked)));
    x.labelled('behind', (found) =>
      this.#descend((entry, bits) => {
        x.set(this.#leaf, entry);
        x.set(this.#shift, x.known(32, bits));
        x.go(found);
      }),
    );
    this.#requireAllowed();
    // Within a large page.
    const inside = x.sub(x.shl(x.known(32, 1), x.get(this.#shift)), x.known(32, 1));
    const leaf = x.get(this.#leaf);
    this.#leaveUnless(x.eqz(x.and(x.and(leaf, inside), x.known(32, ~0x1fff))));
    const page = x.and(x.or(x.and(leaf, x.not(inside)), x.and(this.#low, inside)), x.known(32, ~0xfff));
    this.#leaveUnless(isMemory(x, page));
    const known = x.load(8, x.shr(page, 14), { home: Layout.pages });
    const kind = x.shr(x.zext(known, 32), x.shl(x.and(x.shr(page, 12), x.known(32, 3)), 1));
    const wanted = x.select(this.#isWrite, x.known(32, PageBit.writable), x.known(32, PageBit.memory));
    this.#leaveUnless(x.nez(x.and(kind, wanted)));
    const place = x.add(page, this.#state(State.walkedPlace, 32));
    const isGlobal = x.and(x.nez(x.and(leaf, x.known(32, Entry.global))), this.#control(State.cr4, Cr4.pge));
    const note = (table: 'readable' | 'writable'): void => this.#note(table, { tlb, place, isGlobal, bits: x.get(this.#shift) });
    note('readable');
    x.when(this.#isWrite, () => note('writable'));
    x.do([opcode.return], x.add(place, within));
    x.do([opcode.unreachable]);
  }

  /** By the tables there are, to the entry of a page and how many bits of an address that takes. */
  #descend(end: (entry: Val, bits: number) => void): void {
    const x = this.#x;
    const isLong = this.#control(State.efer, Efer.lma);
    const cr3 = this.#state(State.cr3, 64);
    const root = x.truncate(cr3, 32);
    const page = (entry: Val): Val => pageOf(x, entry);
    this.#leaveUnless(x.eqz(x.slice(cr3, 32, 32)));
    x.when(x.not(isLong), () => {
      // Elsewhere addresses have 32 bits.
      this.#leaveUnless(x.eqz(x.slice(this.#linear, 32, 32)));
      const all = Entry.present | Entry.writable | Entry.user | Entry.accessed | Entry.dirty;
      x.when(x.not(this.#control(State.cr0, Cr0.pg)), () => end(x.or(page(this.#low), x.known(32, all)), Tlb.pageBits));
      x.when(x.not(this.#control(State.cr4, Cr4.pae)), () => {
        const directory = this.#entry(page(root), { shift: 22, bits: 10, w: 32 });
        const isLarge = x.and(isMarked(x, directory, Entry.large), this.#control(State.cr4, Cr4.pse));
        x.when(isLarge, () => end(directory, 22));
        end(this.#entry(page(directory), { shift: 12, bits: 10, w: 32 }), Tlb.pageBits);
      });
    });
    const ofKind = x.select(isLong, x.known(32, tooHigh.long), x.known(32, tooHigh.pae));
    const upper = x.or(ofKind, x.select(this.#control(State.efer, Efer.nxe), x.known(32, 0), x.known(32, tooHigh.noExecute)));
    const pointer = x.either(
      isLong,
      () => {
        const top = this.#entry(page(root), { shift: 39, bits: 9, w: 64 }, upper);
        this.#leaveUnless(x.not(isMarked(x, top, Entry.large)));
        const third = this.#entry(page(top), { shift: 30, bits: 9, w: 64 }, upper);
        x.when(isMarked(x, third, Entry.large), () => end(third, 30));
        return third;
      },
      () => this.#pointer(pointersAt(x, root)),
    );
    const directory = this.#entry(page(pointer), { shift: 21, bits: 9, w: 64 }, upper);
    x.when(isMarked(x, directory, Entry.large), () => end(directory, 21));
    end(this.#entry(page(directory), { shift: 12, bits: 9, w: 64 }, upper), Tlb.pageBits);
  }

  /** The low half of an entry of the table at a physical address: rights count, and it is marked. */
  #entry(table: Val, level: Level, upper?: Val): Val {
    const x = this.#x;
    const entry = this.#read(table, level);
    const low = x.truncate(entry, 32);
    const marks = x.known(32, Entry.present | Entry.accessed);
    const isUsual = x.eq(x.and(low, marks), marks);
    this.#leaveUnless(upper === undefined ? isUsual : x.and(isUsual, x.eqz(x.and(x.slice(entry, 32, 32), upper))));
    x.set(this.#all, x.and(x.get(this.#all), low));
    return low;
  }

  /** One of the four of PAE. */
  #pointer(table: Val): Val {
    const x = this.#x;
    const entry = this.#read(table, pointers);
    this.#leaveUnless(isPointer(x, entry));
    return x.truncate(entry, 32);
  }

  #read(table: Val, level: Level): Val {
    return entryIn(this.#x, { linear: this.#linear, table, level, leaveUnless: (claim) => this.#leaveUnless(claim) });
  }

  /** Rights that are asked for, by what all entries have; a page that is written is marked so. */
  #requireAllowed(): void {
    const x = this.#x;
    const [all, leaf] = [x.get(this.#all), x.get(this.#leaf)];
    const isUser = x.eq(this.#state(State.cpl, 32), x.known(32, 3));
    const isLifted = x.or(x.not(this.#control(State.cr4, Cr4.smap)), x.nez(x.and(this.#state(State.flags, 32), x.known(32, Eflags.ac))));
    const isReached = x.select(isMarked(x, all, Entry.user), x.or(isUser, isLifted), x.not(isUser));
    const isWritten = x.and(isMarked(x, all, Entry.writable), isMarked(x, leaf, Entry.dirty));
    this.#leaveUnless(x.and(isReached, x.or(x.not(this.#isWrite), isWritten)));
  }

  /** As cpu's memory/noted.ts does. */
  #note(
    table: 'readable' | 'writable',
    { tlb, place, isGlobal, bits }: { readonly tlb: Val; readonly place: Val; readonly isGlobal: Val; readonly bits: Val },
  ): void {
    const x = this.#x;
    const index = x.and(x.shr(this.#low, Tlb.pageBits), x.known(32, Tlb.entries - 1));
    const at = x.add(x.shl(index, 4), tlb);
    const home = Layout[table];
    const { entries, Entry: part } = Tlb;
    const list = x.add(x.shr(tlb, 13), x.known(32, table === 'writable' ? 2 : 0));
    note(x, { flags: home + part.flags, lists: Layout.lists, counts: Layout.counts, entries }, { at, index, list, isGlobal });
    x.store(x.truncate(bits, 8), at, { home: home + Tlb.Entry.pageBits });
    const isLasting = x.and(x.ne(bits, x.known(32, Tlb.pageBits)), x.eqz(x.shr(this.#linear, programBits)));
    x.when(isLasting, () => x.store(x.known(32, 1), x.known(32, 0), { home: State.lasting }));
    x.store(x.and(this.#linear, x.known(64, ~0xfffn)), at, { home });
    x.store(place, at, { home: home + Tlb.Entry.place });
  }

  #control(register: number, bit: number): Val {
    return this.#x.bit(this.#state(register, 32), bit);
  }

  #state(offset: number, w: number): Val {
    return this.#x.load(w, this.#x.known(32, 0), { home: offset });
  }

  #leaveUnless(claim: Val): void {
    const x = this.#x;
    x.when(x.not(claim), this.#leave);
  }
}

const isMarked = (x: Stage, entry: Val, mark: number): Val => x.nez(x.and(entry, x.known(32, mark)));
