/** Walks of page tables that handlers make by themselves, beside those of the host: the same comes of both, whatever tables say. */
import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { Eflags, families, State, supervising } from '../../isa/index.ts';
import { setFlat } from '../code/mode.ts';
import { Cr0, Cr4, Efer } from '../control/bits.ts';
import type { Engine } from '../engine.ts';
import { Bare } from '../stage/bare.ts';
import { engineOfRows } from '../stage/engine.ts';
import { Ram } from './ram.ts';

const [rax, rcx, rdx, rbx] = [0, 1, 2, 3].map((number) => State.gpr + 8 * number) as [number, number, number, number]; // Four were asked for.
/** Each begins 16 bytes behind the one before. */
const instructions = {
  load: [0x8b, 0x03],
  store: [0x89, 0x0b],
  add: [0x01, 0x0b],
  storeWide: [0x48, 0x89, 0x0b],
  storeShort: [0x66, 0x89, 0x0b],
  forget: [0x0f, 0x01, 0x3b],
  change: [0x0f, 0x22, 0xda],
} as const;
const names = Object.keys(instructions) as (keyof typeof instructions)[]; // They are its keys.
const placeOf = (name: keyof typeof instructions): bigint => Bare.at + BigInt(16 * names.indexOf(name));

/** Pages of 4 KiB, in two tables; and large ones. */
const [small, huge] = [0x4001_1000n, 0x8001_1000n];
const tables = [0x6000, 0x7000] as const;
const directory = 0x5000;
/** Their first, in a table, and how many: those before are left to code and tables. */
const [firstPage, pages] = [17, 8];

/** A way of paging. */
interface Shape {
  readonly code: 64 | 32;
  readonly cr0: number;
  readonly cr4: number;
  readonly efer: number;
  readonly entryBytes: 8 | 4;
  /** Where the entry is that leads to the first of the two tables. */
  readonly leads: number;
  /** Entries besides: the code's 2 MiB are mapped onto themselves, for users, too. */
  readonly entries: Readonly<Record<number, number>>;
}

const rising = (at: number, entryBytes: number, count: number): Readonly<Record<number, number>> =>
  Object.fromEntries(Array.from({ length: count }, (_, page) => [at + entryBytes * page, (page * 4096) | 0x67]));

const four: Shape = {
  ...{ code: 64, cr0: Cr0.pg, cr4: Cr4.pae, efer: Efer.lme | Efer.lma | Efer.nxe, entryBytes: 8, leads: directory },
  entries: { 4096: 0x2027, 8192: 0x3027, 8200: directory | 0x27, 8208: 0xe7, 12288: 0x87 },
};
const extended: Shape = {
  ...{ ...four, code: 32, efer: Efer.nxe },
  entries: { 4096: 0x3001, 4104: directory | 1, 4112: 0x2001, 8192: 0xe7, 8200: 0xe7, 12288: 0x87 },
};
const two: Shape = {
  ...{ code: 32, cr0: Cr0.pg, cr4: Cr4.pse, efer: 0, entryBytes: 4, leads: 0x1400 },
  entries: { 4096: 0x87, 6144: 0xe7, 6148: 0xe7 },
};
const shapes = {
  'four levels': four,
  'four levels where bit 63 is reserved': { ...four, efer: Efer.lme | Efer.lma },
  'four levels below code of 32 bits': { ...four, code: 32 },
  PAE: extended,
  'PAE where bit 63 is reserved': { ...extended, efer: 0 },
  'two levels': two,
  'two levels without large pages': { ...two, cr4: 0, entries: { 4096: 0x3027, ...rising(0x3000, 4, 512), 6144: 0xe7 } },
  'no paging': { ...two, cr0: 0 },
} as const satisfies Record<string, Shape>;

/** Numbers below a bound, the same for each seed: Numerical Recipes' constants. */
const numbersOf = (seed: number) => {
  let state = seed;
  return (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
};

suite('a walk by handlers', () => {
  let engine: Engine;
  before(() => {
    const { register, cache } = supervising;
    engine = engineOfRows(families.move, families.arithmetic, register, cache);
  });

  class Side {
    readonly bare: Bare;
    readonly #isByHost: boolean;
    /** How often the host was asked for an operand: it looks for whole pages then. */
    asked = 0;

    constructor(isByHost: boolean, { code, efer, entryBytes, leads, entries }: Shape) {
      this.#isByHost = isByHost;
      this.bare = new Bare(engine, []);
      const { ram, state } = this.bare;
      for (const name of names) ram.write(Number(placeOf(name)), Uint8Array.from(instructions[name]));
      ram.fill(0x1000, 0x7000);
      const paths = Object.fromEntries(tables.map((table, at) => [leads + entryBytes * at, table | 0x27]));
      const all: Readonly<Record<string, number>> = { ...entries, ...paths };
      for (const [at, entry] of Object.entries(all))
        if (entryBytes === 8) ram.write64(Number(at), BigInt(entry));
        else ram.write32(Number(at), entry);
      if (code === 32) setFlat(state, 32);
      state.setBigUint64(State.efer, BigInt(efer), true);
      // Not by a mock, which keeps a stack of each of a million calls.
      ram.placeOf = (...asked) => {
        if (asked[1] === 4096) this.asked++;
        return Ram.prototype.placeOf.apply(ram, asked);
      };
    }

    run(name: keyof typeof instructions): unknown {
      const { bare } = this;
      const { processor, state } = bare;
      state.setBigUint64(State.rip, placeOf(name), true);
      if (this.#isByHost) state.setUint32(State.walked, 0, true);
      else assert.ok(state.getUint32(State.walked, true) > 0);
      const exit = processor.run(1);
      return [exit, processor.instructions, processor.rflags, ...[rax, State.cr2, State.rip].map((place) => bare.get(place))];
    }
  }

  const isSame = (shape: Shape, seed: number, most: number): { readonly walked: number; readonly asked: number } => {
    const random = numbersOf(seed);
    const any = <T>(list: readonly T[]): T => list[random(list.length)] as T; // None is empty.
    const sides = [new Side(false, shape), new Side(true, shape)] as const;
    const both = (work: (bare: Bare) => void): void => {
      for (const { bare } of sides) work(bare);
    };
    const { code, entryBytes, leads } = shape;
    const isLong = code === 64;
    const cr4 = shape.cr4 | any([0, Cr4.pge]) | any([0, Cr4.smap]);
    const cr0 = Cr0.pe | Cr0.ne | shape.cr0 | any([0, Cr0.wp]);
    both((bare) => {
      bare.state.setUint32(State.cr0, cr0 >>> 0, true);
      bare.set(State.cr4, BigInt(cr4));
      bare.set(rdx, 0x1000n);
    });
    const [below, alike] = entryBytes === 8 ? [0x20_0000, 1 << 13] : [0x40_0000, 1 << 21];
    const relead = (): void => {
      const rights = random(16) === 0 ? random(256) : any([0x67, 0x67, 0x67, 0x67, 0x63, 0x63, 0x27, 0x61, 0x65, 0x07, 0x00]);
      const kind = any([0, 0, 0, 0x100]);
      const high = random(3) > 0 ? 0n : any([1n << 63n, 1n << 41n, 1n << 51n, 1n << 33n, 1n << 52n]);
      const isLarge = random(24) === 0;
      // Frames where tables are, too; and where no memory is.
      const frame = isLarge ? 0x80 | any([0, 0, 1 << 13, alike]) : any([0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x6, 0x1ff, 0x200]) << 12;
      const at = isLarge ? leads + entryBytes * random(2) : any(tables) + entryBytes * (firstPage + random(pages));
      const isBack = random(12) === 0;
      const [to, entry] = isBack ? [leads, BigInt(any(tables) | 0x27)] : [at, BigInt(frame | rights | kind) | high];
      both(({ ram }) => (entryBytes === 8 ? ram.write64(to, entry) : ram.write32(to, Number(BigInt.asUintN(32, entry)))));
    };
    // Of the pointers of PAE, one that may have what is reserved.
    const point = (): void => {
      const entry = BigInt(directory) | any([1n, 1n, 1n, 1n, 1n, 1n, 0n, 3n, 0x21n, 1n | (1n << 41n), 1n | (1n << 63n), 1n | (1n << 33n)]);
      both(({ ram }) => ram.write64(0x1008, entry));
    };
    for (let page = 0; page < 3 * pages; page++) relead();
    for (let count = 0; count < most; count++) {
      if (random(8) === 0) relead();
      if (shape.entries[0x1008] !== undefined && random(60) === 0) point();
      const [cpl, flags, value] = [any([0, 0, 3]), any([0, 0, Eflags.ac]) | Eflags.one, BigInt(random(2 ** 32))];
      const inPage = any([0, 8, 0x7fc, 0xff8, 0xffc, 0xffe]);
      const page = random(2) * below + random(pages) * 0x1000;
      const above = isLong ? [0x8000_0000_0000n, 0xffff_8000_0000_0000n] : [0xc000_0000n];
      const first = shape.cr0 === 0 ? 0x11000n : any([small, small, small, huge, ...above]);
      const at = BigInt.asUintN(code, first + BigInt(page + inPage));
      both((bare) => {
        bare.state.setUint32(State.cpl, cpl, true);
        bare.state.setUint32(State.flags, flags, true);
        bare.state.setBigUint64(rbx, at, true);
        bare.state.setBigUint64(rcx, value, true);
      });
      const touches = ['load', 'store', 'add', isLong ? 'storeWide' : 'storeShort'] as const;
      const name = random(3) === 0 ? any(['forget', 'change', 'change'] as const) : any(touches);
      const [walked, asked] = sides.map((side) => side.run(name));
      assert.deepEqual(walked, asked, `seed ${seed}, step ${count}: ${name} at ${at.toString(16)}`);
    }
    const [one, other] = sides;
    assert.ok(Buffer.from(one.bare.ram.bytes.subarray(one.bare.ram.begin)).equals(other.bare.ram.bytes.subarray(other.bare.ram.begin)));
    return { walked: one.asked, asked: other.asked };
  };

  for (const [name, shape] of Object.entries(shapes))
    test(`does what one of the host does, for 5 sets of tables that change: ${name}`, () => {
      const counts = Array.from({ length: 5 }, (_, seed) => isSame(shape, seed + 1, 300));
      const sum = (which: 'walked' | 'asked'): number => counts.reduce((all, one) => all + one[which], 0);
      // Not for nothing: the host is asked less.
      assert.ok(sum('walked') < 0.75 * sum('asked'), `${sum('walked')} and ${sum('asked')}`);
    });
});
