/** What a guest finds of its monitor, and how it calls that. */
import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { State } from '../../isa/index.ts';
import type { Caller, Monitor } from '../../machine/index.ts';
import type { Engine } from '../engine.ts';
import type { Owner } from '../owner.ts';
import { Bare, controlEngine } from '../stage/bare.ts';

const [ud, gp] = [6, 13];
const [rax, rcx, rdx, rbx] = [0, 1, 2, 3].map((number) => State.gpr + 8 * number) as [number, number, number, number];
const calls = { vmcall: [0x0f, 0x01, 0xc1], vmmcall: [0x0f, 0x01, 0xd9] } as const;
const [cpuid, rdmsr, wrmsr] = [
  [0x0f, 0xa2],
  [0x0f, 0x32],
  [0x0f, 0x30],
];

/** With one leaf, a register that takes even numbers, and one that is fixed. */
class Known implements Monitor {
  kept = 6n;
  readonly asked: string[] = [];
  readonly #call: (caller: Caller) => void;

  constructor(call: (caller: Caller) => void = () => {}) {
    this.#call = call;
  }

  identify(leaf: number, subleaf: number): ReturnType<Monitor['identify']> {
    return leaf === 0x4000_0000 ? { eax: 0x4000_0001, ebx: subleaf, ecx: 0x80000000 | 0, edx: 4 } : undefined;
  }

  model(number: number): ReturnType<Monitor['model']> {
    if (number === 0x4b56_4d00) return { read: () => 9n };
    if (number !== 0x4b56_4d01) return undefined;
    return {
      read: () => this.kept,
      write: (value) => {
        if (value % 2n === 0n) this.kept = value;
        return value % 2n === 0n;
      },
    };
  }

  call(caller: Caller): void {
    this.asked.push(`${caller.privilege} ${caller.width} ${caller.register(0)}`);
    this.#call(caller);
  }
}

suite('a processor with a monitor', () => {
  let engine: Engine;
  before(() => {
    engine = controlEngine();
  });
  const bare = (code: readonly number[], owner: Owner = {}): Bare => new Bare(engine, code, owner);
  const told = (leaf: number, owner: Owner): readonly bigint[] => {
    const one = bare(cpuid, owner);
    one.set(rax, BigInt(leaf));
    one.set(rcx, 7n);
    assert.equal(one.step(), undefined);
    return [rax, rbx, rcx, rdx].map((place) => one.get(place));
  };

  test('tells its leaves, and that there is one', () => {
    const owner = { monitor: new Known() };
    assert.deepEqual(told(0x4000_0000, owner), [0x4000_0001n, 7n, 0x8000_0000n, 4n]);
    assert.deepEqual(told(0x4000_0001, owner), [0n, 0n, 0n, 0n]);
    assert.deepEqual(told(0x4001_0000, owner), told(0x16, {}));
    const isTold = (whose: Owner): bigint => ((told(1, whose)[2] ?? 0n) >> 31n) & 1n;
    assert.deepEqual([isTold(owner), isTold({})], [1n, 0n]);
    assert.equal(bare([], owner).processor.features.has('hypervisor'), true);
  });

  test('has its registers, and #GP for values that it doesn’t take', () => {
    const monitor = new Known();
    const access = (code: readonly number[], number: number, value = 0n): readonly [number | undefined, bigint] => {
      const one = bare(code, { monitor });
      one.set(rcx, BigInt(number));
      one.set(rax, value);
      one.set(rdx, 0n);
      return [one.step(), one.get(rax)];
    };
    assert.deepEqual(access(rdmsr, 0x4b56_4d00), [undefined, 9n]);
    assert.equal(access(wrmsr, 0x4b56_4d00)[0], gp);
    assert.deepEqual(access(wrmsr, 0x4b56_4d01, 8n), [undefined, 8n]);
    assert.equal(access(wrmsr, 0x4b56_4d01, 5n)[0], gp);
    assert.equal(monitor.kept, 8n);
    assert.equal(access(rdmsr, 0x4b56_4d02)[0], gp);
  });

  for (const [name, code] of Object.entries(calls)) {
    test(`is called by ${name} at any privilege, and goes on behind it`, () => {
      const monitor = new Known((caller) => caller.setRegister(0, -38n));
      const one = bare([...code, ...code], { monitor });
      one.set(rax, 5n);
      assert.equal(one.step(), undefined);
      assert.deepEqual([one.get(rax), one.get(State.rip)], [2n ** 64n - 38n, Bare.at + 3n]);
      one.becomeUser();
      assert.equal(one.step(), undefined);
      assert.deepEqual(monitor.asked, ['0 64 5', `3 64 ${2n ** 64n - 38n}`]);
    });

    test(`${name} is #UD where there is none`, () => assert.equal(bare(code).step(), ud));
  }

  test('reaches the caller’s memory, as far as that is there', () => {
    const said: unknown[] = [];
    const end = 2n ** 21n;
    const monitor = new Known((caller) => {
      const bytes = new Uint8Array(0x1800);
      said.push(
        caller.write(
          0x2_0ff0n,
          Uint8Array.from(bytes, (_, at) => at % 251),
        ),
        caller.read(0x2_0ff0n, bytes),
        bytes[0x1234],
      );
      const last = new Uint8Array(8);
      for (const at of [end - 8n, end - 4n, 1n << 50n, 2n ** 64n - 4n, 1n << 40n]) said.push(caller.read(at, last), caller.write(at, last));
    });
    assert.equal(bare(calls.vmcall, { monitor }).step(), undefined);
    assert.deepEqual(said, [true, true, 0x1234 % 251, true, true, ...Array<boolean>(8).fill(false)]);
  });

  test('lets it rest until an interrupt comes', () => {
    const one = bare([...calls.vmmcall, 0x90], { monitor: new Known((caller) => caller.halt()) });
    assert.deepEqual(one.processor.run(10), { why: 'halt' });
    assert.deepEqual([one.get(State.rip), one.processor.instructions], [Bare.at + 3n, 1n]);
  });
});
