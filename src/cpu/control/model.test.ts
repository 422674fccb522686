/** Model-specific registers, time, calls of the system and identity, as the manual's Operation sections have them. */
import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { Eflags, readFlags, Segment, SegmentPart, State, segmentPlace, writeFlags } from '../../isa/index.ts';
import type { Engine } from '../engine.ts';
import type { Owner } from '../owner.ts';
import { Bare, controlEngine } from '../stage/bare.ts';
import { Cr4, Efer } from './bits.ts';
import { profiles } from './profile.ts';

const { at } = Bare;
const ud2 = [0x0f, 0x0b];
const [ud, gp] = [6, 13];
const [rax, rcx, rdx, rsp, r11] = [0, 1, 2, 4, 11].map((number) => State.gpr + 8 * number) as [number, number, number, number, number];

suite('what a processor is, and how it is called', () => {
  let engine: Engine;
  before(() => {
    engine = controlEngine();
  });

  const bare = (code: readonly number[], owner: Owner = {}): Bare => new Bare(engine, code, owner);

  // Model-specific registers.

  const wrmsr = (number: number, value: bigint, prepare: (one: Bare) => void = () => {}): number | undefined => {
    const one = bare([0x0f, 0x30]);
    one.set(rcx, BigInt(number));
    one.set(rax, value & 0xffff_ffffn);
    one.set(rdx, value >> 32n);
    prepare(one);
    return one.step();
  };
  const rdmsr = (number: number, owner: Owner = {}): readonly [number | undefined, bigint] => {
    const one = bare([0x0f, 0x32], owner);
    one.set(rcx, BigInt(number));
    return [one.step(), (one.get(rdx) << 32n) | one.get(rax)];
  };

  test('an MSR that is not there is #GP, and so are its reserved bits', () => {
    assert.deepEqual(rdmsr(0x12345)[0], gp);
    assert.equal(wrmsr(0x12345, 0n), gp);
    assert.equal(wrmsr(0xc000_0080, BigInt(Efer.sce | Efer.lme | Efer.nxe)), undefined);
    assert.equal(wrmsr(0xc000_0080, BigInt(Efer.lme) | 2n), gp);
    assert.equal(wrmsr(0xc000_0084, 1n << 32n), gp);
    assert.equal(wrmsr(0x277, 0x0007_0406_0007_0402n), gp);
    assert.equal(wrmsr(0x2ff, 0xc06n), undefined);
    assert.equal(wrmsr(0x2ff, 0x106n), gp);
    assert.equal(wrmsr(0x200, 0x0_8000_0006n), undefined);
    assert.equal(wrmsr(0x201, 1n << 40n), gp);
    assert.equal(wrmsr(0xfe, 0n), gp);
  });

  test('an MSR that is an address is a canonical one', () => {
    for (const number of [0xc000_0082, 0xc000_0083, 0xc000_0100, 0xc000_0101, 0xc000_0102, 0x175, 0x176]) {
      assert.equal(wrmsr(number, 0xffff_8000_0000_0000n), undefined);
      assert.equal(wrmsr(number, 1n << 56n), gp);
    }
  });

  test('LME does not change while there is paging', () => {
    assert.equal(wrmsr(0xc000_0080, 0n), gp);
  });

  test('MSRs are the supervisor’s', () => {
    assert.equal(
      wrmsr(0xc000_0102, 0n, (one) => one.becomeUser()),
      gp,
    );
  });

  test('SWAPGS exchanges two bases, for nobody but the supervisor', () => {
    const one = bare([0x0f, 0x01, 0xf8, 0x0f, 0x01, 0xf8]);
    const gsBase = segmentPlace(Segment.gs) + SegmentPart.base;
    one.set(gsBase, 5n);
    one.set(State.kernelGsBase, 7n);
    assert.equal(one.step(), undefined);
    assert.deepEqual([one.get(gsBase), one.get(State.kernelGsBase)], [7n, 5n]);
    one.becomeUser();
    assert.equal(one.step(), gp);
  });

  test('bases are read and written without MSRs where CR4 allows it', () => {
    const wrfsbase = [0xf3, 0x48, 0x0f, 0xae, 0xd0];
    const run = (value: bigint, cr4: number): readonly [number | undefined, bigint] => {
      const one = bare(wrfsbase);
      one.set(State.cr4, BigInt(Cr4.pae | cr4));
      one.set(rax, value);
      return [one.step(), one.get(segmentPlace(Segment.fs) + SegmentPart.base)];
    };
    assert.deepEqual(run(0x1234n, 0), [ud, 0n]);
    assert.deepEqual(run(0x1234n, Cr4.fsgsbase), [undefined, 0x1234n]);
    assert.deepEqual(run(1n << 56n, Cr4.fsgsbase), [gp, 0n]);
  });

  // Time.

  test('time is counted in instructions, however they are run', () => {
    const code = [0x0f, 0x06, 0x0f, 0x06, 0x0f, 0x31, 0x0f, 0x06, 0x0f, 0x01, 0xf9];
    const [whole, apart] = [bare(code), bare(code)];
    whole.processor.run(5);
    for (let count = 0; count < 5; count++) apart.processor.run(1);
    assert.equal(whole.get(rax), 5n);
    assert.equal(apart.get(rax), 5n);
  });

  test('the counter can be set, and IA32_TSC_ADJUST says how far', () => {
    const one = bare([0x0f, 0x30, 0x0f, 0x31, 0x0f, 0x32]);
    one.set(rcx, 0x10n);
    one.set(rax, 1000n);
    one.processor.run(2);
    assert.equal(one.get(rax), 1001n);
    one.set(rcx, 0x3bn);
    one.processor.run(1);
    assert.equal(one.get(rax), 999n);
  });

  test('CR4.TSD keeps time from users', () => {
    const one = bare([0x0f, 0x31]);
    one.becomeUser();
    one.set(State.cr4, BigInt(Cr4.pae | Cr4.tsd));
    assert.equal(one.step(), gp);
  });

  // Calls.

  test('SYSCALL goes where LSTAR says, and SYSRET back', () => {
    const one = bare([0x0f, 0x05]);
    one.becomeUser();
    one.set(State.efer, BigInt(Efer.sce | Efer.lme | Efer.lma));
    one.set(State.star, 0x0023_0010_0000_0000n);
    one.set(State.lstar, 0x20000n);
    one.set(State.fmask, BigInt(Eflags.if | Eflags.df));
    writeFlags(one.state, Eflags.one | Eflags.if | Eflags.cf);
    one.ram.write(0x20000, Uint8Array.from([0x48, 0x0f, 0x07]));
    assert.equal(one.step(), undefined);
    assert.deepEqual([one.processor.rip, one.get(rcx), one.get(r11)], [0x20000n, at + 2n, BigInt(Eflags.one | Eflags.if | Eflags.cf)]);
    assert.equal(readFlags(one.state), Eflags.one | Eflags.cf);
    const selector = (segment: Segment): number => one.state.getUint16(segmentPlace(segment) + SegmentPart.selector, true);
    assert.deepEqual([selector(Segment.cs), selector(Segment.ss), one.state.getUint32(State.cpl, true)], [0x10, 0x18, 0]);
    assert.equal(one.step(), undefined);
    assert.deepEqual([selector(Segment.cs), selector(Segment.ss), one.state.getUint32(State.cpl, true)], [0x33, 0x2b, 3]);
    assert.deepEqual([one.processor.rip, readFlags(one.state)], [at + 2n, Eflags.one | Eflags.if | Eflags.cf]);
  });

  test('SYSCALL without EFER.SCE is #UD, SYSRET to no address #GP', () => {
    assert.equal(bare([0x0f, 0x05]).step(), ud);
    const one = bare([0x48, 0x0f, 0x07]);
    one.set(State.efer, BigInt(Efer.sce | Efer.lme | Efer.lma));
    one.set(rcx, 0x8000_0000_0000n);
    assert.equal(one.step(), gp);
  });

  test('SYSENTER takes all from MSRs, and SYSEXIT from RCX and RDX', () => {
    const one = bare([0x0f, 0x34]);
    assert.equal(one.step(), gp);
    one.becomeUser();
    for (const [place, value] of [
      [State.sysenterCs, 0x10n],
      [State.sysenterEsp, 0x8000n],
      [State.sysenterEip, at + 0x100n],
    ] as const)
      one.set(place, value);
    assert.equal(one.step(), undefined);
    assert.deepEqual([one.processor.rip, one.get(rsp), one.state.getUint32(State.cpl, true)], [at + 0x100n, 0x8000n, 0]);
    const back = bare([0x48, 0x0f, 0x35]);
    back.set(State.sysenterCs, 0x10n);
    back.set(rcx, 0x9000n);
    back.set(rdx, at);
    assert.equal(back.step(), undefined);
    assert.deepEqual(
      [back.processor.rip, back.get(rsp), back.state.getUint16(segmentPlace(Segment.cs) + SegmentPart.selector, true)],
      [at, 0x9000n, 0x33],
    );
  });

  // Identity.

  const cpuid = (leaf: number, subleaf: number, owner: Owner = {}): readonly number[] => {
    const one = bare([0x0f, 0xa2], owner);
    one.set(rax, BigInt(leaf));
    one.set(rcx, BigInt(subleaf));
    assert.equal(one.step(), undefined);
    return [0, 3, 1, 2].map((number) => one.state.getUint32(State.gpr + 8 * number, true));
  };

  test('CPUID tells what there are rows of, and what the processor has', () => {
    const [, , ecx = 0, edx = 0] = cpuid(1, 0);
    assert.equal(edx & (1 << 5), 1 << 5, 'MSRs');
    assert.equal(edx & (1 << 26), 0, 'no SSE2: this processor was made without');
    assert.equal(ecx & (1 << 30), 1 << 30, 'RDRAND');
    const [, ebx = 0] = cpuid(7, 0);
    assert.equal(ebx & 1, 1, 'FSGSBASE');
    assert.deepEqual(cpuid(7, 1), [0, 0, 0, 0]);
  });

  test('what a profile lacks is #UD, and not told', () => {
    const owner = { profile: profiles['x86-64-v1'] };
    assert.equal(bare([0x0f, 0xc7, 0xf0], owner).step(), ud);
    assert.equal((cpuid(1, 0, owner)[2] ?? 0) & (1 << 30), 0);
    assert.equal(bare([0x0f, 0xc7, 0xf0]).step(), undefined);
  });

  test('the vendor is one that GNU libc knows, or who is asked for', () => {
    const vendor = (owner: Owner = {}): string => {
      const [, ebx = 0, ecx = 0, edx = 0] = cpuid(0, 0, owner);
      return Buffer.from(Uint32Array.of(ebx, edx, ecx).buffer).toString('latin1');
    };
    assert.equal(vendor(), 'GenuineIntel');
    assert.equal(vendor({ vendor: 'AuthenticAMD' }), 'AuthenticAMD');
    assert.throws(() => vendor({ vendor: 'isola' }), RangeError);
  });

  test('a leaf beyond the highest reads as the highest', () => {
    assert.deepEqual(cpuid(0x4000_0000, 0), cpuid(0x16, 0));
  });

  test('leaf 0AH tells that there are no counters, of any kind', () => {
    assert.deepEqual(cpuid(0xa, 0), [0, 0, 0, 0]);
  });

  test('random numbers come of the seed, and are told by CF', () => {
    const draw = (seed: bigint): bigint => {
      const one = bare([0x48, 0x0f, 0xc7, 0xf0, ...ud2], { seed });
      assert.equal(one.step(), undefined);
      assert.equal(readFlags(one.state) & Eflags.cf, Eflags.cf);
      return one.get(rax);
    };
    // The first number of SplitMix64 from 0 and from 1234567, as its reference implementation makes them.
    assert.equal(draw(0n), 0xe220_a839_7b1d_cdafn);
    assert.equal(draw(1234567n), 6457827717110365317n);
  });

  test('CLAC and STAC are the supervisor’s', () => {
    const one = bare([0x0f, 0x01, 0xcb, 0x0f, 0x01, 0xca]);
    assert.equal(one.step(), undefined);
    assert.equal(readFlags(one.state) & Eflags.ac, Eflags.ac);
    assert.equal(one.step(), undefined);
    assert.equal(readFlags(one.state) & Eflags.ac, 0);
    const other = bare([0x0f, 0x01, 0xcb]);
    other.becomeUser();
    assert.equal(other.step(), ud);
  });

  test('SMAP keeps users’ pages from the supervisor but between STAC and CLAC, also those it has touched', () => {
    const store = [0x0f, 0x01, 0x20];
    const one = bare([0x0f, 0x01, 0xcb, ...store, 0x0f, 0x01, 0xca, ...store]);
    // A page of its own for code: 2 MiB at 0 is the supervisor's, the same memory at 2 MiB is the users'.
    one.ram.write64(0x3000, 0x83n);
    one.ram.write64(0x3008, 0x87n);
    one.set(State.cr4, BigInt(Cr4.pae | Cr4.smap));
    one.set(rax, 0x22_0000n);
    assert.equal(one.step(), undefined);
    assert.equal(one.step(), undefined, 'smsw [rax]');
    assert.equal(one.step(), undefined);
    assert.equal(one.step(), 14);
    assert.equal(one.get(State.cr2), 0x22_0000n);
  });

  test('MONITOR reads a byte and MWAIT ends at once, where a profile has them', () => {
    const owner = { profile: { name: 'with MONITOR', features: ['monitor'] } } as const;
    const [monitor, mwait] = [
      [0x0f, 0x01, 0xc8],
      [0x0f, 0x01, 0xc9],
    ];
    const outcome = (
      code: readonly number[],
      address: bigint,
      extension: bigint,
      prepare: (one: Bare) => void = () => {},
    ): number | undefined => {
      const one = bare(code, owner);
      one.set(rax, address);
      one.set(rcx, extension);
      prepare(one);
      return one.step();
    };
    assert.equal(outcome(monitor, 0x20000n, 0n), undefined);
    assert.equal(outcome(monitor, 0x4000_0000n, 0n), 14);
    assert.equal(outcome(monitor, 0x20000n, 1n), gp);
    assert.equal(outcome(mwait, 0n, 1n), undefined);
    assert.equal(outcome(mwait, 0n, 2n), gp);
    for (const code of [monitor, mwait])
      assert.equal(
        outcome(code, 0x20000n, 0n, (one) => one.becomeUser()),
        ud,
      );
    assert.equal(bare(monitor).step(), ud);
  });

  test('INVPCID wants a type and PCIDs that there are; RDPMC has no counter', () => {
    const invalidate = (type: bigint, pcid: bigint, cr4 = Cr4.pae): number | undefined => {
      const one = bare([0x66, 0x0f, 0x38, 0x82, 0x01]);
      one.set(State.cr4, BigInt(cr4));
      one.set(rax, type);
      one.set(rcx, 0x20000n);
      one.ram.write64(0x20000, pcid);
      return one.step();
    };
    assert.equal(invalidate(0n, 0n), undefined);
    assert.equal(invalidate(0n, 5n), gp);
    assert.equal(invalidate(1n, 5n, Cr4.pae | Cr4.pcide), undefined);
    assert.equal(invalidate(1n, 0x1000n, Cr4.pae | Cr4.pcide), gp);
    assert.equal(invalidate(3n, 5n), undefined);
    assert.equal(invalidate(4n, 0n), gp);
    assert.equal(bare([0x0f, 0x33]).step(), gp);
  });
});
