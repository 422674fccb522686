/** Pages that code is fetched from, found by handlers and by the host alone: code that is known runs where tables say, and where they say something else, something else happens. */
import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { families, State, supervising } from '../../isa/index.ts';
import { setFlat } from '../code/mode.ts';
import { Cr4, Efer } from '../control/bits.ts';
import { Counter } from '../counts.ts';
import type { Engine } from '../engine.ts';
import { Bare } from '../stage/bare.ts';
import { engineOfRows } from '../stage/engine.ts';

const [rax, rcx, rdx, rbx] = [0, 1, 2, 3].map((number) => State.gpr + 8 * number) as [number, number, number, number]; // Four were asked for.
/** Where pages are seen, and where they are. */
const [seen, first, pages] = [0x4000_0000n, 17, 8];
const [directory, table] = [0x5000, 0x6000];
const [forget, change] = [Bare.at + 0x100n, Bare.at + 0x110n];
const usual = 0x25n;

/** A way of paging: what leads to the table, and the first 2 MiB onto themselves. */
interface Shape {
  readonly code: 64 | 32;
  readonly cr4: number;
  readonly efer: number;
  readonly entryBytes: 8 | 4;
  readonly entries: Readonly<Record<number, number>>;
}

const four: Shape = {
  ...{ code: 64, cr4: Cr4.pae, efer: Efer.lme | Efer.lma | Efer.nxe, entryBytes: 8 },
  entries: { 4096: 0x2027, 8192: 0x3027, 8200: directory | 0x27, 12288: 0xa7, [directory]: table | 0x27 },
};
const shapes = {
  'four levels': four,
  PAE: { ...four, code: 32, efer: Efer.nxe, entries: { 4096: 0x2001, 4104: directory | 1, 8192: 0xa7, [directory]: table | 0x27 } },
  'two levels': { code: 32, cr4: Cr4.pse, efer: 0, entryBytes: 4, entries: { 4096: 0xa7, 5120: table | 0x27 } },
} as const satisfies Record<string, Shape>;

const dice = (seed: number): ((sides: number) => number) => {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % sides;
  };
};

class Jumps {
  readonly bare: Bare;
  readonly counter = new Counter();
  readonly #entryBytes: 8 | 4;

  /** Each page jumps on, or adds its number and stops. */
  constructor(engine: Engine, { code, cr4, efer, entryBytes, entries }: Shape, isWatched: boolean) {
    // jmp rcx; invlpg [rbx]; mov cr3, rdx
    this.bare = new Bare(engine, [0xff, 0xe1], { counter: this.counter });
    this.#entryBytes = entryBytes;
    const { ram } = this.bare;
    ram.write(Number(forget), Uint8Array.of(0x0f, 0x01, 0x3b));
    ram.write(Number(change), Uint8Array.of(0x0f, 0x22, 0xda));
    ram.fill(0x1000, 0x7000);
    for (const [at, entry] of Object.entries(entries)) this.#write(Number(at), BigInt(entry));
    for (let page = 0; page < pages; page++) {
      this.#write(this.#entryOf(page), BigInt((first + page) * 4096) | usual);
      ram.write((first + page) * 4096, Uint8Array.of(0x83, 0xc0, page + 1, 0xf4));
    }
    if (code === 32) setFlat(this.bare.state, 32);
    this.bare.set(State.cr4, BigInt(cr4));
    this.bare.set(State.efer, BigInt(efer));
    this.bare.set(rdx, 0x1000n);
    if (isWatched) this.bare.set(State.dr7, 0x402n);
    if (isWatched) this.bare.set(State.dr0, 0x1f_0000n);
  }

  /** As a user, to a page. */
  jump(page: number): readonly unknown[] {
    this.#begin(3, Bare.at);
    this.bare.state.setBigUint64(rcx, seen + BigInt(page * 4096), true);
    const exit = this.bare.processor.run(3);
    return [exit, this.bare.get(rax), this.bare.processor.rip, this.bare.ram.read64(this.#entryOf(page))];
  }

  /** How often handlers gave control back for an address that they found no code at. */
  get given(): number {
    return this.counter.counted.exits['jump'] ?? 0;
  }

  change(page: number, entry: bigint, isOne: boolean): void {
    this.#write(this.#entryOf(page), entry);
    this.#begin(0, isOne ? forget : change);
    this.bare.state.setBigUint64(rbx, seen + BigInt(page * 4096), true);
    this.bare.processor.run(1);
  }

  #entryOf(page: number): number {
    return table + this.#entryBytes * page;
  }

  #write(at: number, entry: bigint): void {
    if (this.#entryBytes === 8) this.bare.ram.write64(at, entry);
    else this.bare.ram.write32(at, Number(entry));
  }

  #begin(cpl: 0 | 3, rip: bigint): void {
    this.bare.state.setUint32(State.cpl, cpl, true);
    this.bare.state.setBigUint64(State.rip, rip, true);
  }
}

suite('fetched pages', () => {
  let engine: Engine;
  before(() => {
    engine = engineOfRows(families.arithmetic, families.branch, supervising.register, supervising.cache, supervising.system);
  });

  for (const [name, shape] of Object.entries<Shape>(shapes)) {
    test(`the same comes of both, whatever entries of ${name} say`, () => {
      const [handlers, host] = [new Jumps(engine, shape, false), new Jumps(engine, shape, true)];
      const roll = dice(3);
      const met = new Set<string>();
      for (let count = 0; count < 300; count++) {
        const page = roll(pages);
        const [quick, slow] = [handlers.jump(page), host.jump(page)];
        assert.deepEqual(quick, slow);
        met.add(JSON.stringify(quick[0]?.valueOf(), (_key, value: unknown) => (typeof value === 'bigint' ? '' : value)));
        if (roll(3) === 0) {
          const rights = [usual, usual, usual, usual & ~0x20n, usual & ~4n, usual & ~1n, usual | 0x100n];
          if (shape.entryBytes === 8) rights.push(usual | (1n << 63n));
          const entry = BigInt((first + roll(pages)) * 4096) | (rights[roll(rights.length)] ?? usual);
          const isOne = roll(2) === 0;
          for (const one of [handlers, host]) one.change(page, entry, isOne);
        }
      }
      assert.ok(met.size > 2);
    });

    test(`code that is known is found once page tables were changed, by ${name}, without the host`, () => {
      const one = new Jumps(engine, shape, false);
      one.jump(1);
      assert.ok(one.given > 0);
      for (let count = 0; count < 5; count++) {
        one.change(1, BigInt((first + 1) * 4096) | usual, false);
        const before = one.given;
        assert.equal(one.jump(1)[1], BigInt(2 * (count + 2)));
        assert.equal(one.given, before);
      }
    });
  }
});
