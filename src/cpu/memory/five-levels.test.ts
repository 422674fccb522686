/** Linear addresses of 57 bits: SDM Vol. 3A, 5.5; which registers take them without CR4.LA57: kvm-unit-tests x86/la57.c. */
import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { SegmentPart, State, segmentPlace } from '../../isa/index.ts';
import { Cr4 } from '../control/bits.ts';
import { profiles } from '../control/profile.ts';
import type { Engine } from '../engine.ts';
import type { Owner } from '../owner.ts';
import { Bare, controlEngine } from '../stage/bare.ts';

const [gp, pf] = [13, 14];
const [rax, rcx, rdx] = [0, 1, 2].map((number) => State.gpr + 8 * number) as [number, number, number];
/** Bits 48 to 56 are 1. */
const high = 1n << 48n;
const beyond = 1n << 56n;
/** smsw [rax] */
const store = [0x0f, 0x01, 0x20];
const [wrmsr, wrfsbase, cpuid, sysretq] = [
  [0x0f, 0x30],
  [0xf3, 0x48, 0x0f, 0xae, 0xd0],
  [0x0f, 0xa2],
  [0x48, 0x0f, 0x07],
];

suite('five levels of page tables', () => {
  let engine: Engine;
  before(() => {
    engine = controlEngine();
  });

  /** At 0x6000 is the top; its second entry leads to where the first does. */
  const bare = (code: readonly number[], hasFive = true, owner: Owner = {}): Bare => {
    const one = new Bare(engine, code, owner);
    one.ram.write64(0x6000, 0x1007n);
    one.ram.write64(0x6008, 0x1007n);
    if (hasFive) one.set(State.cr3, 0x6000n);
    one.set(State.cr4, BigInt(Cr4.pae | Cr4.fsgsbase | (hasFive ? Cr4.la57 : 0)));
    return one;
  };

  test('lead to what is beyond 48 bits of address, and #GP is beyond 57', () => {
    const at = (address: bigint, hasFive = true): number | undefined => {
      const one = bare(store, hasFive);
      one.set(rax, address);
      return one.step();
    };
    assert.equal(at(high | 0x12_0000n), undefined);
    assert.equal(at(2n * high), pf);
    assert.equal(at(beyond), gp);
    assert.equal(at(-beyond), pf);
    assert.equal(at(high | 0x12_0000n, false), gp);
  });

  test('code runs there', () => {
    const one = bare(store);
    one.set(State.rip, high | Bare.at);
    one.set(rax, 0x12_0000n);
    assert.equal(one.step(), undefined);
    assert.equal(one.get(State.rip), (high | Bare.at) + 3n);
  });

  test('SYSRET returns there, but not where paging has four levels', () => {
    const back = (hasFive: boolean): number | undefined => {
      const one = bare(sysretq, hasFive);
      one.set(State.efer, one.get(State.efer) | 1n);
      one.set(rcx, high | Bare.at);
      return one.step();
    };
    assert.equal(back(true), undefined);
    assert.equal(back(false), gp);
  });

  test('registers keep addresses of 57 bits whatever CR4 says, where the processor has five levels', () => {
    const kept = (code: readonly number[], address: bigint, owner?: Owner): number | undefined => {
      const one = bare(code, false, owner);
      one.set(rcx, 0xc000_0102n);
      one.set(rax, code === wrfsbase ? address : address & 0xffff_ffffn);
      one.set(rdx, address >> 32n);
      return one.step();
    };
    for (const code of [wrmsr, wrfsbase]) {
      assert.equal(kept(code, high), undefined);
      assert.equal(kept(code, beyond), gp);
    }
    const { features } = profiles.all;
    const without = { profile: { name: 'four', features: features.filter((one) => one !== 'la57') } };
    for (const code of [wrmsr, wrfsbase]) assert.equal(kept(code, high, without), gp);
    const told = bare(cpuid, false, without);
    told.set(rax, 0x8000_0008n);
    told.step();
    assert.equal((told.get(rax) >> 8n) & 0xffn, 48n);
  });

  test('CR4 has them where they are told, and not while they are in use', () => {
    const one = bare([0x0f, 0x22, 0xe0], false);
    one.set(rax, BigInt(Cr4.pae | Cr4.la57));
    assert.equal(one.step(), gp);
    const told = bare(cpuid);
    told.set(rax, 0x8000_0008n);
    told.step();
    assert.equal((told.get(rax) >> 8n) & 0xffn, 57n);
  });

  test('a base beyond 48 bits is where it is', () => {
    const one = bare([0x64, ...store]);
    one.set(segmentPlace(4) + SegmentPart.base, high);
    one.set(rax, 0x12_0000n);
    assert.equal(one.step(), undefined);
    assert.notEqual(one.ram.read64(0x12_0000), 0n);
  });
});
