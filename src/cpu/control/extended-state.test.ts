/** XSAVE and its kin, as SDM Vol. 1, chapter 13 has them. */
import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { families, State, supervising } from '../../isa/index.ts';
import type { Engine } from '../engine.ts';
import { Bare } from '../stage/bare.ts';
import { engineOfRows } from '../stage/engine.ts';
import { Cr0, Cr4 } from './bits.ts';

const [ud, nm, gp] = [6, 7, 13];
const [rax, rcx, rdx, rbx] = [0, 1, 2, 3].map((number) => State.gpr + 8 * number) as [number, number, number, number];
const area = 0x20000;
/** Of [rbx], and with REX.W. */
const [xsave, xrstor, xsaveopt, xsavec, fxsave] = [
  [0x48, 0x0f, 0xae, 0x23],
  [0x48, 0x0f, 0xae, 0x2b],
  [0x48, 0x0f, 0xae, 0x33],
  [0x48, 0x0f, 0xc7, 0x23],
  [0x48, 0x0f, 0xae, 0x03],
];
/** Of [rbx], with REX.W. */
const [xsaves, xrstors] = [
  [0x48, 0x0f, 0xc7, 0x2b],
  [0x48, 0x0f, 0xc7, 0x1b],
];
const enabled = Cr4.pae | Cr4.osfxsr | Cr4.osxmmexcpt | Cr4.osxsave;

suite('the extended state', () => {
  let engine: Engine;
  before(() => {
    const { x87Control, vectorMove, vexMove } = families;
    engine = engineOfRows(supervising.extendedState, supervising.model, supervising.identity, x87Control, vectorMove, vexMove);
  });

  /** Something in x87 and in vectors, and an area full of ones but for a clean header. */
  const bare = (code: readonly number[], mask = 3n): Bare => {
    const one = new Bare(engine, code);
    one.set(State.cr4, BigInt(enabled));
    one.set(State.xcr0, 3n);
    one.set(rbx, BigInt(area));
    one.set(rax, mask);
    one.state.setUint16(State.x87Control, 0x27f, true);
    one.set(State.x87, 0x1234_5678n);
    for (let number = 0; number < 16; number++) one.set(State.vectors + 64 * number, BigInt(number + 1));
    one.ram.write(area, new Uint8Array(1024).fill(0xff));
    one.ram.write(area + 512, new Uint8Array(64));
    return one;
  };
  const bytes = ({ ram }: Bare, from: number, count: number): Uint8Array =>
    Uint8Array.from(ram.bytes.subarray(ram.begin + area + from, ram.begin + area + from + count));
  const untouched = (count: number): Uint8Array => new Uint8Array(count).fill(0xff);
  const bits = ({ ram }: Bare): bigint => ram.read64(area + 512);

  test('is there where CR4 says so, and kept by CR0.TS', () => {
    const one = bare([0x0f, 0x01, 0xd0]);
    one.set(State.cr4, BigInt(enabled & ~Cr4.osxsave));
    assert.equal(one.step(), ud);
    const other = bare(xsave);
    other.set(State.cr0, other.get(State.cr0) | BigInt(Cr0.ts));
    assert.equal(other.step(), nm);
  });

  test('XSETBV takes x87 always, and nothing that is not there', () => {
    const set = (value: bigint, number = 0n): number | undefined => {
      const one = bare([0x0f, 0x01, 0xd1], value);
      one.set(rcx, number);
      one.set(rdx, 0n);
      return one.step();
    };
    assert.equal(set(1n), undefined);
    assert.equal(set(3n), undefined);
    assert.equal(set(7n), undefined);
    for (const value of [0n, 2n, 5n, 9n]) assert.equal(set(value), gp);
    assert.equal(set(1n, 1n), gp);
  });

  test('XSAVE stores what FXSAVE does, and which of it', () => {
    const [one, other] = [bare(xsave), bare(fxsave)];
    assert.equal(one.step(), undefined);
    assert.equal(other.step(), undefined);
    assert.deepEqual(bytes(one, 0, 416), bytes(other, 0, 416));
    assert.deepEqual(bytes(one, 416, 96), untouched(96));
    assert.equal(bits(one), 3n);
  });

  test('what is not asked for stays, in the header, too', () => {
    const one = bare(xsave, 2n);
    one.ram.write64(area + 512, 5n);
    assert.equal(one.step(), undefined);
    assert.deepEqual(bytes(one, 0, 24), untouched(24));
    assert.deepEqual(bytes(one, 32, 128), untouched(128));
    assert.equal(one.ram.read64(area + 160), 1n);
    assert.equal(bits(one), 7n);
  });

  test('XSAVEOPT leaves out what is as after a reset, and says so', () => {
    const one = bare(xsaveopt);
    for (let number = 0; number < 16; number++) one.set(State.vectors + 64 * number, 0n);
    assert.equal(one.step(), undefined);
    assert.deepEqual(bytes(one, 160, 256), untouched(256));
    assert.equal(bits(one), 1n);
    assert.equal(one.ram.read32(area + 24), 0x1f80);
  });

  test('XSAVEC tells its format', () => {
    const one = bare(xsavec);
    assert.equal(one.step(), undefined);
    assert.deepEqual([bits(one), one.ram.read64(area + 520)], [3n, (1n << 63n) | 3n]);
    assert.equal(one.ram.read64(area + 160 + 16), 2n);
  });

  test('XSAVES is XSAVEC and XRSTORS brings that back, for the supervisor alone', () => {
    const one = bare([...xsaves, ...xrstors]);
    assert.equal(one.step(), undefined);
    assert.deepEqual([bits(one), one.ram.read64(area + 520)], [3n, (1n << 63n) | 3n]);
    one.set(State.vectors + 64, 99n);
    assert.equal(one.step(), undefined);
    assert.equal(one.get(State.vectors + 64), 2n);
    for (const code of [xsaves, xrstors]) {
      const user = bare(code);
      user.becomeUser();
      assert.equal(user.step(), gp);
      user.set(State.cr4, BigInt(enabled & ~Cr4.osxsave));
      assert.equal(user.step(), ud);
    }
  });

  test('XRSTORS refuses an area that is not compacted', () => {
    const one = bare([...xsave, ...xrstors]);
    one.step();
    assert.equal(one.step(), gp);
  });

  test('IA32_XSS has no bit, as CPUID says', () => {
    const one = bare([0x0f, 0x30, 0x0f, 0x30, 0x0f, 0xa2], 0n);
    one.set(rcx, 0xda0n);
    one.set(rdx, 0n);
    assert.equal(one.step(), undefined);
    one.set(rax, 1n);
    assert.equal(one.step(), gp);
    one.set(State.rip, Bare.at + 4n);
    one.set(rax, 0xdn);
    one.set(rcx, 1n);
    assert.equal(one.step(), undefined);
    assert.deepEqual([one.get(rax) & 8n, one.get(rcx), one.get(rdx)], [8n, 0n, 0n]);
  });

  test('XRSTOR brings back what was saved, and of the rest what is after a reset', () => {
    for (const saving of [xsave, xsavec]) {
      const one = bare([...saving, ...xrstor, ...xrstor]);
      one.step();
      const before = [State.x87, State.vectors + 64].map((place) => one.get(place));
      one.set(State.x87, 0n);
      one.set(State.vectors + 64, 99n);
      one.state.setUint32(State.mxcsr, 0x3f80, true);
      assert.equal(one.step(), undefined);
      assert.deepEqual(
        [State.x87, State.vectors + 64].map((place) => one.get(place)),
        before,
      );
      assert.equal(one.state.getUint32(State.mxcsr, true), 0x1f80);
      one.ram.write64(area + 512, 1n);
      assert.equal(one.step(), undefined);
      assert.deepEqual([one.get(State.vectors + 64), one.state.getUint16(State.x87Control, true)], [0n, 0x27f]);
    }
  });

  test('XRSTOR without x87 leaves its pointers alone', () => {
    const one = bare([...xsave, ...xrstor]);
    one.state.setUint16(State.x87CodeSegment, 0x33, true);
    one.step();
    one.set(rax, 2n);
    one.set(State.vectors, 77n);
    assert.equal(one.step(), undefined);
    assert.deepEqual([one.get(State.vectors), one.state.getUint16(State.x87CodeSegment, true)], [1n, 0x33]);
  });

  test('XRSTOR refuses what is reserved, and has changed nothing', () => {
    const refuse = (change: (one: Bare) => void): void => {
      const one = bare([...xsave, ...xrstor]);
      one.step();
      one.set(State.vectors, 77n);
      change(one);
      assert.equal(one.step(), gp);
      assert.equal(one.get(State.vectors), 77n);
    };
    refuse((one) => one.ram.write64(area + 512, 4n));
    refuse((one) => one.ram.write64(area + 520, 1n));
    refuse((one) => one.ram.write64(area + 528, 1n));
    refuse((one) => one.ram.write64(area + 520, (1n << 63n) | 5n));
    refuse((one) => one.ram.write32(area + 24, 0x1_0000));
    refuse((one) => one.set(rbx, BigInt(area + 16)));
    refuse((one) => one.set(rbx, 0x8000_0000_0000n));
  });

  test('XGETBV tells what XCR0 has, and what of it is in use', () => {
    const get = (number: bigint): bigint => {
      const one = bare([0x0f, 0x01, 0xd0]);
      one.set(rcx, number);
      for (let index = 0; index < 16; index++) one.set(State.vectors + 64 * index, 0n);
      assert.equal(one.step(), undefined);
      return one.get(rax);
    };
    assert.deepEqual([get(0n), get(1n)], [3n, 1n]);
  });

  test('upper halves of vectors are a part of their own, behind the header', () => {
    for (const saving of [xsave, xsavec]) {
      const one = bare([...saving, ...xrstor, ...xrstor], 7n);
      one.set(State.xcr0, 7n);
      for (let number = 0; number < 16; number++) one.set(State.vectors + 64 * number + 24, BigInt(100 + number));
      assert.equal(one.step(), undefined);
      assert.equal(bits(one), 7n);
      assert.deepEqual([one.ram.read64(area + 576 + 8), one.ram.read64(area + 576 + 15 * 16 + 8)], [100n, 115n]);
      one.set(State.vectors + 24, 1n);
      assert.equal(one.step(), undefined);
      assert.equal(one.get(State.vectors + 24), 100n);
      one.ram.write64(area + 512, 3n);
      assert.equal(one.step(), undefined);
      assert.deepEqual([one.get(State.vectors), one.get(State.vectors + 24)], [1n, 0n]);
    }
  });
});
