/** What a guest is told of its processor's turns. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type KvmFeature, kvmFeatures } from './features.ts';
import { memoryAt } from './stage/page.ts';
import { Turns } from './turns.ts';

const [stealModel, pollModel] = [0x4b56_4d03, 0x4b56_4d05];
const at = 0x4000;

/** A page of memory at 4000h. */
class Rig {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** What was written of versions, in turn. */
  readonly versions: number[] = [];
  readonly turns: Turns;

  constructor(features: readonly KvmFeature[] = kvmFeatures, bytes: Uint8Array = new Uint8Array(4096)) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
    const memory = memoryAt(at, bytes, (_offset, length) => {
      if (length === 4) this.versions.push(this.version);
    });
    this.turns = new Turns(memory, new Set(features));
  }

  write(number: number, value: bigint): boolean | undefined {
    return this.turns.models.get(number)?.write?.(value);
  }

  get told(): bigint {
    return this.view.getBigUint64(64, true);
  }

  get version(): number {
    return this.view.getUint32(72, true);
  }

  get preempted(): number {
    return this.view.getUint8(80);
  }

  set preempted(value: number) {
    this.view.setUint8(80, value);
  }
}

/** At 64 bytes behind the page's begin. */
const on = (features?: readonly KvmFeature[]): Rig => {
  const rig = new Rig(features);
  assert.equal(rig.write(stealModel, BigInt(at + 64) | 1n), true);
  return rig;
};

suite('stolen time', () => {
  test('is told when a turn begins, behind a version that is odd meanwhile', () => {
    const rig = on();
    rig.turns.begin();
    assert.deepEqual([rig.told, rig.versions], [0n, []]);
    rig.turns.end();
    rig.turns.waited(700n);
    rig.turns.waited(300n);
    assert.equal(rig.told, 0n);
    rig.turns.begin();
    assert.deepEqual([rig.told, rig.versions], [1000n, [1, 2]]);
    rig.turns.waited(5n);
    rig.turns.begin();
    assert.deepEqual([rig.told, rig.versions], [1005n, [1, 2, 3, 4]]);
  });

  test('is counted from when the guest asks for it, and on from what is there', () => {
    const rig = new Rig();
    rig.turns.waited(9n);
    rig.view.setBigUint64(64, 50n, true);
    rig.view.setUint32(72, 7, true);
    rig.write(stealModel, BigInt(at + 64) | 1n);
    rig.turns.waited(2n);
    rig.turns.begin();
    assert.deepEqual([rig.told, rig.version], [52n, 10]);
    rig.view.setBigUint64(64, (1n << 64n) - 1n, true);
    rig.view.setUint32(72, 0xffff_fffe, true);
    rig.turns.waited(2n);
    rig.turns.begin();
    assert.deepEqual([rig.told, rig.version], [1n, 0]);
  });

  test('whose register has bits that are none is refused, and one beyond all memory is written nowhere', () => {
    const rig = new Rig();
    for (const value of [3n, BigInt(at) | 0x21n, BigInt(at + 32) | 1n]) assert.equal(rig.write(stealModel, value), false);
    assert.equal(rig.turns.models.get(stealModel)?.read(), 0n);
    for (const value of [1n, BigInt(at + 4096) | 1n, ((1n << 52n) - 64n) | 1n, ((1n << 64n) - 64n) | 1n]) {
      assert.equal(rig.write(stealModel, value), true);
      assert.equal(rig.turns.models.get(stealModel)?.read(), value);
      rig.turns.waited(1n);
      rig.turns.begin();
      rig.turns.end();
    }
    assert.ok(rig.bytes.every((byte) => byte === 0));
  });

  test('goes on in a computer that was saved', () => {
    const rig = on();
    rig.turns.end();
    rig.turns.waited(40n);
    const next = new Rig(kvmFeatures, rig.bytes);
    next.turns.load(rig.turns.save());
    next.turns.begin();
    assert.deepEqual([next.told, next.preempted], [40n, 0]);
    next.turns.reset('bus');
    next.turns.end();
    assert.equal(next.preempted, 0);
  });
});

suite('who doesn’t run', () => {
  test('is marked so, until its turn begins', () => {
    const rig = on();
    rig.turns.end();
    assert.equal(rig.preempted, 1);
    assert.equal(rig.turns.begin(), false);
    assert.equal(rig.preempted, 0);
  });

  test('forgets where pages are once, where another one has asked for that', () => {
    const rig = on();
    rig.turns.end();
    rig.preempted |= 2;
    assert.deepEqual([rig.turns.begin(), rig.preempted, rig.turns.begin()], [true, 0, false]);
    const without = on(['steal']);
    without.preempted = 3;
    assert.equal(without.turns.begin(), false);
  });

  test('is kicked once, which is kept where it is saved', () => {
    const rig = new Rig();
    rig.turns.kick();
    const next = new Rig();
    next.turns.load(rig.turns.save());
    assert.equal(next.turns.isKicked, true);
    next.turns.takeKick();
    assert.equal(next.turns.isKicked, false);
  });
});

test('whether somebody may poll is kept as it was written, and is one bit', () => {
  const rig = new Rig();
  const register = rig.turns.models.get(pollModel);
  assert.equal(register?.read(), 1n);
  assert.deepEqual([register?.write?.(0n), register?.read()], [true, 0n]);
  assert.deepEqual([register?.write?.(2n), register?.write?.(1n << 63n), register?.read()], [false, false, 0n]);
  assert.equal(new Rig(['steal']).turns.models.get(pollModel), undefined);
});
