/** Pages that code is fetched from, found by handlers and by the host alone: code that is known runs where tables say, and where they say something else, something else happens. */
import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { families, State, supervising } from '../../isa/index.ts';
import { Efer } from '../control/bits.ts';
import type { Engine } from '../engine.ts';
import { Bare } from '../stage/bare.ts';
import { engineOfRows } from '../stage/engine.ts';

const [rax, rcx, rdx, rbx] = [0, 1, 2, 3].map((number) => State.gpr + 8 * number) as [number, number, number, number]; // Four were asked for.
/** Where pages are seen, and where they are. */
const [seen, first, pages] = [0x4000_0000n, 17, 8];
const [directory, table] = [0x5000, 0x6000];
const [forget, change] = [Bare.at + 0x100n, Bare.at + 0x110n];
const entryOf = (page: number): number => table + 8 * page;
const usual = 0x25n;

const dice = (seed: number): ((sides: number) => number) => {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % sides;
  };
};

class Jumps {
  readonly bare: Bare;

  /** Each page jumps on, or adds its number and stops. */
  constructor(engine: Engine, isWatched: boolean) {
    // jmp rcx; invlpg [rbx]; mov cr3, rdx
    this.bare = new Bare(engine, [0xff, 0xe1]);
    const { ram } = this.bare;
    ram.write(Number(forget), Uint8Array.of(0x0f, 0x01, 0x3b));
    ram.write(Number(change), Uint8Array.of(0x0f, 0x22, 0xda));
    ram.write64(0x2008, BigInt(directory) | 0x27n);
    for (const at of [0x1000, 0x2000]) ram.write64(at, ram.read64(at) | 0x20n);
    ram.write64(directory, BigInt(table) | 0x27n);
    for (let page = 0; page < pages; page++) {
      ram.write64(entryOf(page), BigInt((first + page) * 4096) | usual);
      ram.write((first + page) * 4096, Uint8Array.of(0x83, 0xc0, page + 1, 0xf4));
    }
    this.bare.set(State.efer, BigInt(Efer.lme | Efer.lma | Efer.nxe));
    this.bare.set(rdx, 0x1000n);
    if (isWatched) this.bare.set(State.dr7, 0x402n);
    if (isWatched) this.bare.set(State.dr0, 0x1f_0000n);
  }

  /** As a user, to a page. */
  jump(page: number): readonly unknown[] {
    this.#begin(3, Bare.at);
    this.bare.state.setBigUint64(rcx, seen + BigInt(page * 4096), true);
    const exit = this.bare.processor.run(3);
    return [exit, this.bare.get(rax), this.bare.processor.rip, this.bare.ram.read64(entryOf(page))];
  }

  change(page: number, entry: bigint, isOne: boolean): void {
    this.bare.ram.write64(entryOf(page), entry);
    this.#begin(0, isOne ? forget : change);
    this.bare.state.setBigUint64(rbx, seen + BigInt(page * 4096), true);
    this.bare.processor.run(1);
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

  test('the same comes of both, whatever entries say', () => {
    const [handlers, host] = [new Jumps(engine, false), new Jumps(engine, true)];
    const roll = dice(3);
    const met = new Set<string>();
    for (let count = 0; count < 300; count++) {
      const page = roll(pages);
      const [quick, slow] = [handlers.jump(page), host.jump(page)];
      assert.deepEqual(quick, slow);
      met.add(JSON.stringify(quick[0]?.valueOf(), (_key, value: unknown) => (typeof value === 'bigint' ? '' : value)));
      if (roll(3) === 0) {
        const rights = [usual, usual, usual, usual & ~0x20n, usual & ~4n, usual & ~1n, usual | (1n << 63n), usual | 0x100n];
        const entry = BigInt((first + roll(pages)) * 4096) | (rights[roll(rights.length)] ?? usual);
        const isOne = roll(2) === 0;
        for (const one of [handlers, host]) one.change(page, entry, isOne);
      }
    }
    assert.ok(met.size > 2);
  });
});
