/** What translations outlive: SDM Vol. 3A, 5.10.4. Page tables are changed behind the processor's back, to see which translations it still has. */
import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { State } from '../../isa/index.ts';
import { Cr4 } from '../control/bits.ts';
import type { Engine } from '../engine.ts';
import { Bare, controlEngine } from '../stage/bare.ts';

const [rax, rcx, rdx] = [State.gpr, State.gpr + 8, State.gpr + 16] as const;
const [storeThere, invlpg, loadCr3, loadCr4] = [
  [0x0f, 0x01, 0x20],
  [0x0f, 0x01, 0x38],
  [0x0f, 0x22, 0xda],
  [0x0f, 0x22, 0xe1],
] as const;
const invpcid = [0x66, 0x0f, 0x38, 0x82, 0x0d, 0, 0, 0, 0];
const [user, dirty, large, global] = [7n, 0x60n, 0x80n, 0x100n];
const here = 0x40_3000n;
const frames = [0x10_0000, 0x12_0000] as const;

suite('translations', () => {
  let engine: Engine;
  before(() => {
    engine = controlEngine();
  });

  /** Code is in the first 2 MiB; `here` is in a table of pages of 4 KiB, at 0x5000. */
  class Paged {
    readonly bare: Bare;
    readonly #kind: bigint;

    constructor(code: readonly number[], kind = 0n) {
      this.bare = new Bare(engine, code);
      this.#kind = user | dirty | kind;
      this.bare.ram.write64(0x3010, 0x5007n);
      this.lead(here, frames[0]);
      this.bare.set(State.cr4, BigInt(Cr4.pae | Cr4.pge));
      this.bare.set(rax, here);
      this.bare.set(rdx, 0x1000n);
      this.bare.set(rcx, BigInt(Cr4.pae));
    }

    lead(linear: bigint, frame: number): void {
      this.bare.ram.write64(0x5000 + 8 * Number((linear >> 12n) & 511n), BigInt(frame) | this.#kind);
    }

    step(): void {
      assert.equal(this.bare.step(), undefined);
    }

    /** Which of the two frames a store goes to now. */
    get frame(): number {
      const { ram } = this.bare;
      for (const at of frames) ram.write64(at, 0n);
      this.step();
      const written = frames.filter((at) => ram.read64(at) !== 0n);
      assert.equal(written.length, 1);
      return written[0] ?? 0;
    }
  }

  test('INVLPG forgets the page of its address', () => {
    const one = new Paged([...storeThere, ...storeThere, ...invlpg, ...storeThere]);
    assert.equal(one.frame, frames[0]);
    one.lead(here, frames[1]);
    assert.equal(one.frame, frames[0], 'it is kept until then');
    one.step();
    assert.equal(one.frame, frames[1]);
  });

  test('INVLPG leaves other pages, and forgets global ones too', () => {
    const other = new Paged([...storeThere, ...invlpg, ...storeThere]);
    assert.equal(other.frame, frames[0]);
    other.lead(here, frames[1]);
    other.bare.state.setBigUint64(rax, here + 0x1000n, true);
    other.step();
    other.bare.state.setBigUint64(rax, here, true);
    assert.equal(other.frame, frames[0]);
    const one = new Paged([...storeThere, ...invlpg, ...storeThere], global);
    assert.equal(one.frame, frames[0]);
    one.lead(here, frames[1]);
    one.step();
    assert.equal(one.frame, frames[1]);
  });

  test('INVLPG forgets all of a large page, by any address in it', () => {
    const one = new Paged([...storeThere, ...invlpg, ...storeThere]);
    const { ram, state } = one.bare;
    ram.write64(0x3010, 0n | user | dirty | large);
    state.setBigUint64(rax, 0x50_0000n, true);
    assert.equal(one.frame, frames[0]);
    ram.write64(0x3010, 0x6007n);
    ram.write64(0x6000 + 8 * 0x100, BigInt(frames[1]) | user | dirty);
    state.setBigUint64(rax, 0x40_0000n, true);
    one.step();
    state.setBigUint64(rax, 0x50_0000n, true);
    assert.equal(one.frame, frames[1]);
  });

  test('what runs is found anew where INVLPG forgot its page', () => {
    const one = new Paged([...loadCr3]);
    const { ram, state } = one.bare;
    // The same three bytes of code in two frames, the second of which halts with #UD instead.
    const code = [...invlpg, ...storeThere, 0x0f, 0x0b];
    ram.write(frames[0], Uint8Array.from(code));
    ram.write(frames[1], Uint8Array.from([...invlpg, 0x0f, 0x0b]));
    state.setBigUint64(State.rip, here, true);
    one.lead(here + 0x1000n, 0x13_0000);
    one.step();
    one.lead(here, frames[1]);
    state.setBigUint64(State.rip, here, true);
    one.step();
    assert.equal(one.bare.step(), 6);
  });

  test('MOV to CR3 forgets pages that are not global, and leaves those that are', () => {
    const local = new Paged([...storeThere, ...loadCr3, ...storeThere]);
    assert.equal(local.frame, frames[0]);
    local.lead(here, frames[1]);
    local.step();
    assert.equal(local.frame, frames[1]);
    const kept = new Paged([...storeThere, ...loadCr3, ...storeThere, ...loadCr4, ...storeThere], global);
    assert.equal(kept.frame, frames[0]);
    kept.lead(here, frames[1]);
    kept.step();
    assert.equal(kept.frame, frames[0]);
    kept.step();
    assert.equal(kept.frame, frames[1], 'without CR4.PGE none is');
  });

  test('INVPCID forgets by address, by PCID, all but global ones, or all', () => {
    const after = (type: bigint, pcid: bigint, kind: bigint): number => {
      const one = new Paged([...storeThere, ...invpcid, ...storeThere], kind);
      const { ram, state } = one.bare;
      // Its operand is behind it.
      const operand = Number(Bare.at) + 3 + invpcid.length;
      ram.write64(operand + 0x100, pcid);
      ram.write64(operand + 0x108, here);
      ram.write(Number(Bare.at) + 8, Uint8Array.from([0x00, 0x01, 0, 0]));
      state.setBigUint64(rcx, type, true);
      assert.equal(one.frame, frames[0]);
      one.lead(here, frames[1]);
      one.step();
      return one.frame;
    };
    assert.equal(after(0n, 0n, 0n), frames[1]);
    assert.equal(after(1n, 0n, 0n), frames[1]);
    assert.equal(after(1n, 0n, global), frames[0]);
    assert.equal(after(2n, 0n, global), frames[1]);
    assert.equal(after(3n, 0n, global), frames[0]);
    assert.equal(after(3n, 0n, 0n), frames[1]);
  });
});
