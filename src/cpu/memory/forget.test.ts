/** Single pages that are forgotten by handlers, or by the host where more than their tables know of them: SDM Vol. 3A, 5.10.4.1. */
import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { State } from '../../isa/index.ts';
import { Cr4 } from '../control/bits.ts';
import { Counter } from '../counts.ts';
import type { Engine } from '../engine.ts';
import { Bare, controlEngine } from '../stage/bare.ts';

const [rax, rcx] = [State.gpr, State.gpr + 8] as const;
/** SMSW [rax]; INVLPG [rcx]. */
const [store, invlpg] = [
  [0x0f, 0x01, 0x20],
  [0x0f, 0x01, 0x39],
] as const;
const code = [...store, ...invlpg, ...store] as const;
const here = 0x40_3000n;
const frames = [0x10_0000, 0x12_0000] as const;
const [there, table, more] = [0x67n, 0x6000, 0x5000];
const asked = 'forgetPage';

suite('a page that is forgotten', () => {
  let engine: Engine;
  before(() => {
    engine = controlEngine();
  });

  /** All pages have 4 KiB. */
  class Paged {
    readonly counter = new Counter();
    readonly bare = new Bare(engine, code, { counter: this.counter });

    constructor() {
      const { bare } = this;
      for (let page = 0; page < 512; page++) bare.ram.write64(table + 8 * page, BigInt(page * 4096) | there);
      bare.ram.write64(0x3000, BigInt(table) | there);
      bare.ram.write64(0x3010, BigInt(more) | there);
      for (const at of [0x1000, 0x2000]) bare.ram.write64(at, bare.ram.read64(at) | 0x20n);
      this.lead(0);
      bare.set(State.cr4, BigInt(Cr4.pae | Cr4.pge));
    }

    lead(frame: 0 | 1): void {
      this.bare.ram.write64(more + 8 * Number((here >> 12n) & 511n), BigInt(frames[frame]) | there);
    }

    /** Which frame a store goes to behind INVLPG of an address, once tables have changed. */
    behind(address: bigint): number {
      const { ram, state } = this.bare;
      state.setBigUint64(rax, here, true);
      state.setBigUint64(rcx, address, true);
      state.setBigUint64(State.rip, Bare.at, true);
      this.lead(0);
      assert.equal(this.bare.step(), undefined);
      this.lead(1);
      for (const frame of frames) ram.write64(frame, 0n);
      assert.deepEqual(this.bare.processor.run(2), { why: 'budget' });
      return frames.findIndex((frame) => ram.read64(frame) !== 0n);
    }

    get asked(): number {
      return this.counter.counted.asked[asked] ?? 0;
    }
  }

  test('is found anew, and the host is not asked', () => {
    for (const address of [here, here + 0xfffn]) {
      const one = new Paged();
      assert.deepEqual([one.behind(address), one.asked], [1, 0]);
    }
  });

  test('is no other one', () => {
    const one = new Paged();
    assert.deepEqual([one.behind(here + 0x1000n), one.asked], [0, 0]);
    assert.deepEqual([one.behind(here + 0x40_0000n), one.asked], [0, 0]);
  });

  test('is the host’s where code was fetched from it', () => {
    const one = new Paged();
    assert.deepEqual([one.behind(Bare.at), one.asked], [0, 1]);
  });

  test('is the host’s where a large page was noted, until all are forgotten', () => {
    const one = new Paged();
    const { bare } = one;
    bare.ram.write64(0x3018, 0xe7n);
    bare.state.setBigUint64(rax, 0x60_0000n, true);
    assert.equal(bare.step(), undefined);
    assert.deepEqual([one.behind(here), one.asked], [1, 1]);
    bare.processor.flush();
    assert.deepEqual([one.behind(here), one.asked], [1, 1]);
  });

  test('is #GP of a user', () => {
    const one = new Paged();
    one.bare.set(State.rip, Bare.at + 3n);
    one.bare.becomeUser();
    assert.equal(one.bare.step(), 13);
  });
});
