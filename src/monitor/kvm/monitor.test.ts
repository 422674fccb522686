/** What a guest finds of KVM, and how its clock goes. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Random } from '../../devices/stage/index.ts';
import type { Caller } from '../../machine/index.ts';
import { type KvmFeature, kvmFeatures, usualKvmFeatures } from './features.ts';
import { KvmMonitor } from './monitor.ts';
import { scaleOf } from './page.ts';
import type { Peers } from './peers.ts';
import { fuzzKvm } from './stage/fuzz.ts';
import { memoryAt } from './stage/page.ts';

const [wallModel, timeModel, stealModel, endsModel, pollModel] = [0x4b56_4d00, 0x4b56_4d01, 0x4b56_4d03, 0x4b56_4d04, 0x4b56_4d05];
const beganAt = 1_795_000_000_123_456_789n;
const at = 0x4000;

/** A page of memory at 4000h, and a clock that is set by hand. */
class Rig {
  now = 0n;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly writes: (readonly [number, number])[] = [];
  readonly kvm: KvmMonitor;
  /** What was asked for other processors, of which there are four in all. */
  readonly asked: string[] = [];
  readonly peers: Peers = {
    count: 4,
    send: (to, { vector, delivery, isLevel }) => void this.asked.push(`send ${to} ${vector} ${delivery}${isLevel ? ' level' : ''}`),
    yieldTo: (which) => void this.asked.push(`yield ${which}`),
    kick: (which) => void this.asked.push(`kick ${which}`),
  };

  constructor({ features = kvmFeatures, bytes = new Uint8Array(4096) }: { features?: readonly KvmFeature[]; bytes?: Uint8Array } = {}) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
    const memory = memoryAt(at, bytes, (offset, length) => {
      this.writes.push([offset, length === 4 ? this.view.getUint32(offset, true) : length]);
    });
    this.kvm = new KvmMonitor({ memory, now: () => this.now, beganAt, ticksPerSecond: 1e9, features, peers: this.peers });
  }

  write(number: number, value: bigint): boolean | undefined {
    return this.kvm.model(number)?.write?.(value);
  }

  /** What a guest makes of its page when the time-stamp counter is that. */
  time(counter: bigint, from = 0): bigint {
    const since = counter - this.view.getBigUint64(from + 8, true);
    const shift = BigInt(this.view.getInt8(from + 28));
    const shifted = shift >= 0n ? since << shift : since >> -shift;
    return this.view.getBigUint64(from + 16, true) + ((shifted * BigInt(this.view.getUint32(from + 24, true))) >> 32n);
  }
}

const told = (kvm: KvmMonitor, leaf: number): readonly number[] | undefined => {
  const found = kvm.identify(leaf);
  return found && [found.eax, found.ebx, found.ecx, found.edx];
};

test('a guest is told who it is, and what is offered', () => {
  const { kvm } = new Rig({ features: usualKvmFeatures });
  assert.deepEqual(told(kvm, 0x4000_0000), [0x4000_0001, 0x4b4d_564b, 0x564b_4d56, 0x4d]);
  assert.deepEqual(told(kvm, 0x4000_0001), [0x0100_004b, 0, 0, 0]);
  assert.equal(told(kvm, 0x4000_0002), undefined);
  const clock = new Rig({ features: ['clock'] });
  assert.deepEqual(told(clock.kvm, 0x4000_0001), [0x0100_0009, 0, 0, 0]);
  assert.equal(clock.kvm.model(endsModel), undefined);
  for (const number of [0x4b56_4d02, stealModel, pollModel]) assert.equal(kvm.model(number), undefined);
  assert.equal(kvm.turns, undefined);
  const all = new Rig();
  assert.deepEqual(told(all.kvm, 0x4000_0001), [0x0100_3aeb, 0, 0, 0]);
  // Asynchronous page faults.
  for (const number of [0x4b56_4d02, 0x4b56_4d06, 0x4b56_4d07]) assert.equal(all.kvm.model(number), undefined);
});

suite('the clock', () => {
  test('is where the guest wants it, by either number of its register, and tells its time from the counter', () => {
    for (const number of [0x12, timeModel]) {
      const rig = new Rig();
      rig.now = 5_000_000_000n;
      assert.equal(rig.write(number, BigInt(at + 64) | 1n), true);
      assert.equal(rig.time(5_000_000_000n, 64), 5_000_000_000n);
      assert.equal(rig.time(5_000_001_234n, 64), 5_000_001_234n);
      assert.equal(rig.view.getUint8(64 + 29), 1);
    }
  });

  test('has an odd version while it is written, and another one afterwards', () => {
    const rig = new Rig();
    rig.write(timeModel, BigInt(at) | 1n);
    rig.write(timeModel, BigInt(at) | 1n);
    assert.deepEqual(rig.writes, [
      [0, 1],
      [4, 28],
      [0, 2],
      [0, 3],
      [4, 28],
      [0, 4],
    ]);
  });

  test('is written anew when the counter is set, and nowhere when it is off or there is no memory', () => {
    const rig = new Rig();
    rig.kvm.recounted(-7n);
    assert.deepEqual(rig.writes, []);
    rig.now = 100n;
    rig.write(timeModel, BigInt(at) | 1n);
    assert.equal(rig.time(93n), 100n);
    rig.now = 200n;
    rig.kvm.recounted(1_000_000n);
    assert.equal(rig.time(1_000_200n), 200n);
    const { length } = rig.writes;
    for (const value of [0n, 1n, (1n << 64n) - 1n, (1n << 52n) | 1n, (1n << 52n) - 3n, (1n << 52n) - 4095n])
      for (const model of [timeModel, wallModel]) assert.equal(rig.write(model, value), true);
    assert.equal(rig.writes.length, length);
  });

  test('goes on in a computer that was saved, and is the same to who looks', () => {
    const rig = new Rig();
    rig.now = 3_000_000n;
    rig.kvm.recounted(500n);
    rig.write(timeModel, BigInt(at) | 1n);
    const next = new Rig({ bytes: rig.bytes });
    next.kvm.load(rig.kvm.save());
    next.now = 3_000_001n;
    assert.equal(next.time(3_000_501n), 3_000_001n);
    assert.equal(next.kvm.model(timeModel)?.read(), BigInt(at) | 1n);
    next.now = 4_000_000n;
    next.write(timeModel, BigInt(at) | 1n);
    assert.equal(next.time(4_000_500n), 4_000_000n);
  });

  test('tells when the computer was switched on, also after a reset and where it was saved', () => {
    const rig = new Rig();
    const wall = (): readonly number[] => [0, 4, 8].map((from) => rig.view.getUint32(from, true));
    rig.now = 77n;
    for (const number of [0x11, wallModel]) {
      rig.bytes.fill(0);
      assert.equal(rig.write(number, BigInt(at)), true);
      assert.deepEqual(wall(), [2, 1_795_000_000, 123_456_789]);
    }
    rig.kvm.reset('bus');
    assert.equal(rig.kvm.model(wallModel)?.read(), 0n);
    rig.write(wallModel, BigInt(at));
    assert.deepEqual(wall(), [2, 1_795_000_000, 123_456_789]);
  });

  test('is scaled from counters of any rate', () => {
    for (const hertz of [1e6, 999_999_999, 1e9, 2.4e9, 5e9]) {
      const { factor, shift } = scaleOf(hertz);
      assert.ok(factor >= 2 ** 31 && factor < 2 ** 32, `${hertz}: ${factor}`);
      assert.ok(Math.abs((factor * 2 ** (shift - 32) * hertz) / 1e9 - 1) < 1e-9, `${hertz}`);
    }
  });
});

suite('ends of interrupts by a word', () => {
  const lent = (): Rig => {
    const rig = new Rig();
    rig.bytes[8] = 0xf0;
    rig.write(endsModel, BigInt(at + 8) | 1n);
    rig.kvm.ends?.lend();
    return rig;
  };

  test('one that is lent is over once the guest has cleared its bit', () => {
    const rig = lent();
    assert.equal(rig.bytes[8], 0xf1);
    assert.equal(rig.kvm.ends?.taken(), false);
    rig.bytes[8] = 0xf0;
    assert.deepEqual([rig.kvm.ends?.taken(), rig.kvm.ends?.taken(), rig.kvm.ends?.count], [true, false, 1]);
  });

  test('one that is recalled is ended otherwise, and so is one when the word is elsewhere', () => {
    for (const how of [(rig: Rig) => rig.kvm.ends?.recall(), (rig: Rig) => rig.write(endsModel, 0n)]) {
      const rig = lent();
      how(rig);
      assert.equal(rig.bytes[8], 0xf0);
      assert.equal(rig.kvm.ends?.taken(), false);
    }
  });

  test('none is lent to who has no word', () => {
    const rig = new Rig();
    rig.kvm.ends?.lend();
    assert.deepEqual([rig.writes, rig.kvm.ends?.taken()], [[], false]);
  });

  test('what was lent is so in a computer that was saved', () => {
    const rig = lent();
    const next = new Rig({ bytes: rig.bytes });
    next.kvm.load(rig.kvm.save());
    rig.bytes[8] = 0;
    assert.equal(next.kvm.ends?.taken(), true);
  });

  test('a word that is at no multiple of four, or beyond all memory, is refused', () => {
    const rig = new Rig();
    for (const value of [3n, (1n << 52n) | 1n, (1n << 64n) - 4n]) assert.equal(rig.write(endsModel, value), false);
    assert.equal(rig.kvm.model(endsModel)?.read(), 0n);
  });
});

/** What RAX is behind one. */
const called = (rig: Rig, registers: Readonly<Record<number, bigint>>, caller: Partial<Caller> = {}): bigint => {
  const kept = new Map(Object.entries(registers).map(([number, value]) => [Number(number), value]));
  rig.kvm.call({
    ...{ privilege: 0, width: 64, read: () => false, write: () => true, halt: () => {} },
    register: (number) => kept.get(number) ?? 0n,
    setRegister: (number, value) => void kept.set(number, value),
    ...caller,
  });
  return kept.get(0) ?? -1n;
};
const minus = (error: bigint, bits = 64): bigint => BigInt.asUintN(bits, -error);

suite('hypercalls', () => {
  test('those that there aren’t are told so, and programs may make none', () => {
    const rig = new Rig({ features: usualKvmFeatures });
    for (const number of [0n, 2n, 5n, 10n, 11n, 1000n, 2n ** 64n - 1n]) assert.equal(called(rig, { 0: number }), minus(1000n));
    assert.equal(called(rig, { 0: 99n }, { privilege: 3 }), minus(1n));
    assert.equal(called(rig, { 0: 99n }, { width: 32 }), minus(1000n, 32));
    assert.equal(called(rig, { 0: 1n }), 0n);
  });

  test('clocks are paired: the time of day with the counter', () => {
    const rig = new Rig();
    rig.now = 1_000_000_001n;
    rig.kvm.recounted(50n);
    let pair = new DataView(new ArrayBuffer(0));
    const write: Caller['write'] = (linear, bytes) => {
      assert.equal(linear, 0xffff_8880_0000_1000n);
      pair = new DataView(bytes.slice().buffer);
      return true;
    };
    assert.equal(called(rig, { 0: 9n, 3: 0xffff_8880_0000_1000n }, { write }), 0n);
    const words = [0, 8, 16].map((from) => pair.getBigInt64(from, true));
    assert.deepEqual([pair.byteLength, ...words], [64, 1_795_000_001n, 123_456_790n, 1_000_000_051n]);
    assert.equal(called(rig, { 0: 9n, 1: 1n }), minus(95n));
    assert.equal(called(rig, { 0: 9n }, { write: () => false }), minus(14n));
  });
});

suite('calls for other processors', () => {
  const [fixed, level] = [0xfd, 0xc000];

  test('a message to several goes to those whose bits are set, from the lowest on', () => {
    const rig = new Rig();
    assert.equal(called(rig, { 0: 10n, 3: 0b1101n, 6: BigInt(fixed) }), 3n);
    assert.deepEqual(rig.asked, ['send 0 253 0', 'send 2 253 0', 'send 3 253 0']);
    rig.asked.length = 0;
    assert.equal(called(rig, { 0: 10n, 3: 0b11n, 2: 3n, 6: 0x400n }), 1n);
    assert.deepEqual(rig.asked, ['send 3 0 4']);
    rig.asked.length = 0;
    assert.equal(called(rig, { 0: 10n, 1: 1n, 3: 1n, 6: BigInt(fixed | level) }), 1n);
    assert.deepEqual(rig.asked, ['send 0 253 0 level']);
  });

  test('of code of 32 bits a mask has as many', () => {
    const rig = new Rig();
    assert.equal(called(rig, { 0: 10n, 1: 1n, 3: (1n << 40n) | 1n, 2: 0n, 6: 0xfdn }, { width: 32 }), 1n);
    assert.deepEqual(rig.asked, ['send 0 253 0']);
  });

  test('who isn’t there is sent nothing, and a command with destinations of its own is refused', () => {
    const rig = new Rig();
    const all = (1n << 64n) - 1n;
    assert.equal(called(rig, { 0: 10n, 1: all, 3: all, 2: 4n, 6: 0xfdn }), 0n);
    assert.equal(called(rig, { 0: 10n, 1: all, 3: all, 2: all, 6: 0xfdn }), 0n);
    for (const command of [0x8fdn, 0x4_00fdn, 0xc_00fdn]) assert.equal(called(rig, { 0: 10n, 3: 1n, 6: command }), minus(22n));
    // INIT that is taken back.
    assert.equal(called(rig, { 0: 10n, 3: 1n, 6: 0x8500n }), 1n);
    assert.deepEqual(rig.asked, []);
  });

  test('turns and kicks are given to others', () => {
    const rig = new Rig();
    assert.deepEqual([called(rig, { 0: 11n, 3: 2n }), called(rig, { 0: 5n, 1: 3n })], [0n, 0n]);
    assert.deepEqual(rig.asked, ['yield 2', 'kick 3']);
  });
});

test('whatever a guest does, its state is one', () => {
  for (let seed = 1; seed <= 40; seed++) {
    try {
      fuzzKvm(new Random(seed));
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
});
