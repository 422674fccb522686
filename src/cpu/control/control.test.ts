/** What the manual's Operation sections say of registers that no program of a host's user reaches. */
import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { SegmentPart, State } from '../../isa/index.ts';
import { setFlat } from '../code/mode.ts';
import type { Engine } from '../engine.ts';
import type { Owner } from '../owner.ts';
import { Bare, controlEngine } from '../stage/bare.ts';
import { Cr0, Cr4, Efer } from './bits.ts';

const { at } = Bare;
const [ud, gp] = [6, 13];
const [rax, rcx] = [State.gpr, State.gpr + 8] as const;

suite('registers of the processor itself', () => {
  let engine: Engine;
  before(() => {
    engine = controlEngine();
  });

  const bare = (code: readonly number[], owner: Owner = {}): Bare => new Bare(engine, code, owner);
  const movCr = (number: number): readonly number[] => [0x0f, 0x22, 0xc0 | (number << 3)];
  const write = (number: number, value: bigint, prepare: (one: Bare) => void = () => {}): number | undefined => {
    const one = bare(movCr(number));
    one.set(rax, value);
    prepare(one);
    return one.step();
  };
  const running = BigInt((Cr0.pg | Cr0.pe) >>> 0);

  test('CR0 refuses what contradicts itself, and what leaves 64-bit mode', () => {
    assert.equal(write(0, running), undefined);
    assert.equal(write(0, running | BigInt(Cr0.ts | Cr0.mp)), undefined);
    assert.equal(write(0, running | (1n << 32n)), gp);
    assert.equal(write(0, running | BigInt(Cr0.nw)), gp);
    assert.equal(write(0, BigInt(Cr0.pg >>> 0)), gp);
    assert.equal(write(0, BigInt(Cr0.pe)), gp);
  });

  test('bits of CR0 that are reserved in its lower half are ignored, and ET is always set', () => {
    const one = bare(movCr(0));
    one.set(rax, running | 0x40n);
    assert.equal(one.step(), undefined);
    assert.equal(one.get(State.cr0), running | BigInt(Cr0.et));
  });

  test('paging with LME is long mode, and without PAE or with a task of a 286 #GP', () => {
    const start = (cr4: number, task = 0xb): readonly [number | undefined, bigint] => {
      const one = bare(movCr(0));
      setFlat(one.state, 32);
      one.set(State.cr0, BigInt(Cr0.pe));
      one.set(State.cr4, BigInt(cr4));
      one.set(State.efer, BigInt(Efer.lme));
      one.state.setUint32(State.tr + SegmentPart.rights, 0x80 | task, true);
      one.set(rax, running);
      return [one.step(), one.get(State.efer)];
    };
    assert.deepEqual(start(Cr4.pae), [undefined, BigInt(Efer.lme | Efer.lma)]);
    assert.deepEqual(start(0), [gp, BigInt(Efer.lme)]);
    assert.deepEqual(start(Cr4.pae, 3), [gp, BigInt(Efer.lme)]);
  });

  test("PAE's pointers are looked at when they are loaded", () => {
    const load = (tables: bigint): number | undefined => {
      const one = bare([0x0f, 0x22, 0xd8, 0x0f, 0x06]);
      setFlat(one.state, 32);
      one.ram.write64(0x6000, 0x3001n);
      one.ram.write64(0x7000, 0x3003n);
      one.set(State.cr3, 0x6000n);
      one.set(State.efer, 0n);
      one.set(rax, tables);
      return one.step() ?? one.step();
    };
    assert.equal(load(0x6000n), undefined);
    assert.equal(load(0x7000n), gp);
  });

  test('CR3 of long mode has as many bits as physical addresses, and with PCIDs one that is not kept', () => {
    assert.equal(write(3, 1n << 40n), gp);
    assert.equal(write(3, 0x1000n | (1n << 63n)), gp);
    const one = bare(movCr(3));
    one.set(State.cr4, BigInt(Cr4.pae | Cr4.pcide));
    one.set(rax, 0x1005n | (1n << 63n));
    assert.equal(one.step(), undefined);
    assert.equal(one.get(State.cr3), 0x1005n);
  });

  test('CR4 refuses what is not there, and in long mode to go without PAE', () => {
    const pae = BigInt(Cr4.pae);
    assert.equal(write(4, pae | BigInt(Cr4.pge | Cr4.smep | Cr4.umip)), undefined);
    assert.equal(write(4, 0n), gp);
    assert.equal(write(4, pae | (1n << 31n)), gp);
    assert.equal(write(4, pae | BigInt(Cr4.la57)), gp);
    assert.equal(write(4, pae | BigInt(Cr4.pcide)), undefined);
    assert.equal(
      write(4, pae | BigInt(Cr4.pcide), (one) => one.set(State.cr3, 0x1001n)),
      gp,
    );
  });

  test('there are five control registers, for nobody but the supervisor', () => {
    for (const number of [1, 5, 6, 7]) assert.equal(write(number, 0n), ud);
    assert.equal(
      write(0, running, (one) => one.becomeUser()),
      gp,
    );
    const reading = bare([0x0f, 0x20, 0xd0]);
    reading.becomeUser();
    assert.equal(reading.step(), gp);
  });

  test('CR8 is the upper half of the task priority', () => {
    const one = bare([0x44, 0x0f, 0x22, 0xc0, 0x44, 0x0f, 0x20, 0xc1, 0x44, 0x0f, 0x22, 0xc0]);
    one.set(rax, 9n);
    assert.equal(one.step(), undefined);
    assert.equal(one.step(), undefined);
    assert.equal(one.get(rcx), 9n);
    one.set(rax, 16n);
    assert.equal(one.step(), gp);
  });

  test('LMSW sets four bits, of which PE stays; CLTS clears one', () => {
    const one = bare([0x0f, 0x01, 0xf0, 0x0f, 0x06]);
    one.set(rax, 0xfffen);
    assert.equal(one.step(), undefined);
    assert.equal(one.get(State.cr0) & 0xfn, 0xfn);
    assert.equal(one.step(), undefined);
    assert.equal(one.get(State.cr0) & 0xfn, 0x7n);
  });

  test('SMSW is kept from users by UMIP alone', () => {
    const smsw = (cr4: number): readonly [number | undefined, bigint] => {
      const one = bare([0x0f, 0x01, 0xe0]);
      one.becomeUser();
      one.set(State.cr4, BigInt(Cr4.pae | cr4));
      return [one.step(), one.get(rax)];
    };
    assert.deepEqual(smsw(0), [undefined, BigInt((Cr0.pg | Cr0.wp | Cr0.pe | Cr0.et) >>> 0)]);
    assert.deepEqual(smsw(Cr4.umip), [gp, 0n]);
  });

  test('the page tables a new CR3 names count for the next instruction', () => {
    const one = bare([0x0f, 0x22, 0xd8, 0x0f, 0x20, 0xd9]);
    one.set(rax, 0x5000n);
    assert.equal(one.step(), undefined);
    assert.deepEqual(one.processor.run(1), { why: 'exception', vector: 14, error: 0, address: at + 3n });
  });

  // Debug registers.

  test('DR4 and DR5 are other names, unless CR4.DE takes them away', () => {
    const read = (number: number, cr4 = 0): readonly [number | undefined, bigint] => {
      const one = bare([0x0f, 0x21, 0xc0 | (number << 3)]);
      one.set(State.cr4, BigInt(Cr4.pae | cr4));
      return [one.step(), one.get(rax)];
    };
    assert.deepEqual(read(4), [undefined, 0xffff_0ff0n]);
    assert.deepEqual(read(5), [undefined, 0x400n]);
    assert.deepEqual(read(4, Cr4.de), [ud, 0n]);
    assert.deepEqual(read(6, Cr4.de), [undefined, 0xffff_0ff0n]);
  });

  test('of DR6 and DR7 some bits never change, and the upper half is #GP', () => {
    const one = bare([0x0f, 0x23, 0xf8, 0x0f, 0x23, 0xf8]);
    one.set(rax, 0xffff_d0ffn);
    assert.equal(one.step(), undefined);
    assert.equal(one.get(State.dr7), 0xffff_04ffn);
    one.set(rax, 1n << 32n);
    assert.equal(one.step(), gp);
  });

  test('DR7.GD makes a trap of whoever touches debug registers', () => {
    const one = bare([0x0f, 0x21, 0xc0]);
    one.set(State.dr7, 0x2400n);
    assert.equal(one.step(), 1);
    assert.equal(one.get(State.dr6), 0xffff_2ff0n);
  });
});
