import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { families, State } from '../isa/index.ts';
import type { Engine } from './engine.ts';
import type { Processor } from './processor.ts';
import { engineOfRows } from './stage/engine.ts';
import { Page, type Paged, paged, pageEntry } from './stage/paged.ts';

const addEax1 = [0x83, 0xc0, 0x01];
const ud2 = [0x0f, 0x0b];

suite('a processor', () => {
  let engine: Engine;
  before(() => {
    // What is tested here is the same with few instructions, and a small interpreter is soon built.
    engine = engineOfRows(families.arithmetic, families.string, families.hint, families.branch);
  });

  /** But for pages that are named, all are there. */
  const processorWith = (code: readonly number[], at: number, absent: readonly number[] = []): Paged =>
    paged(engine, code, BigInt(at), { absent });
  const eax = ({ state }: Processor): number => state.getUint32(State.gpr, true);

  test('sees code that the instruction before has written', () => {
    // add byte [rip + 2], 4: the immediate of the instruction behind the next byte.
    const writing = [0x80, 0x05, 0x02, 0x00, 0x00, 0x00, 0x04];
    const { processor } = processorWith([...writing, ...addEax1, ...ud2], 0x10000);
    processor.run(100);
    assert.deepEqual([eax(processor), processor.instructions], [5, 2n]);
    processor.state.setBigUint64(State.rip, 0x10000n, true);
    processor.run(100);
    assert.deepEqual([eax(processor), processor.instructions], [5 + 9, 4n]);
  });

  test('is as it was when it was entered for nothing', () => {
    const { processor } = processorWith([...addEax1, ...addEax1, ...ud2], 0x10000);
    const before = processor.save();
    processor.enterEmpty();
    assert.deepEqual(processor.save(), before);
    assert.deepEqual([processor.instructions, processor.rip], [0n, 0x10000n]);
    processor.run(1);
    processor.enterEmpty();
    assert.deepEqual([processor.rip, eax(processor)], [0x10003n, 1]);
    processor.run(1);
    assert.deepEqual([processor.instructions, processor.rip, eax(processor)], [2n, 0x10006n, 2]);
  });

  test('tells who waits for its PAUSEs behind the last one, and goes on', () => {
    const told: (readonly [bigint, number])[] = [];
    const owner = {
      impatient: () => {
        told.push([processor.rip, eax(processor)]);
        if (told.length === 1) processor.state.setUint32(State.patience, 2, true);
      },
    };
    // The PAUSE and the addition, again and again.
    const { processor } = paged(engine, [0xf3, 0x90, ...addEax1, 0xeb, 0xf9], 0x10000n, { owner });
    assert.deepEqual([processor.run(10).why, told], ['budget', []]);
    assert.equal(processor.state.getInt32(State.patience, true), -4);
    processor.state.setBigUint64(State.rip, 0x10000n, true);
    processor.state.setUint32(State.patience, 3, true);
    processor.run(20);
    assert.deepEqual(told, [
      [0x10002n, 3 + 2],
      [0x10002n, 3 + 4],
    ]);
    assert.equal(eax(processor), 3 + 7);
  });

  test('wants nothing of what its unused memory holds', () => {
    const program = [...addEax1, ...addEax1, ...ud2];
    const { processor } = processorWith(program, 0x10000);
    processor.run(1);
    assert.ok(processor.code.unused.length > 2 ** 20);
    processor.code.unused.fill(0);
    processor.run(1);
    processor.code.unused.fill(0xff);
    processor.state.setBigUint64(State.rip, 0x10000n, true);
    processor.run(100);
    assert.deepEqual([eax(processor), processor.instructions, processor.rip], [4, 4n, 0x10006n]);
  });

  test('sees code that is written while so few instructions may run that a block ends with them', () => {
    const writing = [0x80, 0x05, 0x02, 0x00, 0x00, 0x00, 0x04];
    const { processor } = processorWith([...writing, ...addEax1, ...addEax1, ...ud2], 0x10000);
    assert.deepEqual(processor.run(2), { why: 'budget' });
    assert.equal(eax(processor), 5);
  });

  test('sees code that a walk of page tables has marked', () => {
    // In the table itself: add eax, [1fe000]; then the entry of that page, which reads add esp, eax and, once it is marked, and esp, eax.
    const { ram, processor } = processorWith([0x03, 0x04, 0x25, 0x00, 0xe0, 0x1f, 0x00], 0x4fe9);
    ram.write64(0x4ff0, 0x1fe003n | (0xe0n << 8n));
    processor.state.setBigUint64(State.gpr, 1n, true);
    processor.run(100);
    assert.deepEqual([ram.read32(0x4ff0) & 0xff, processor.rip], [0x23, 0x4ff2n]);
    assert.equal(processor.state.getBigUint64(State.gpr + 8 * 4, true), 0n);
  });

  test('sees code written through another page of the same memory', () => {
    const { ram, processor } = processorWith([...addEax1, ...ud2], 0x10000);
    ram.write64(pageEntry(0x30), BigInt(0x10000 + Page.present + Page.writable));
    ram.write(0x20000, Uint8Array.from([0x80, 0x04, 0x25, 0x02, 0x00, 0x03, 0x00, 0x06, ...ud2]));
    processor.run(100);
    processor.state.setBigUint64(State.rip, 0x20000n, true);
    processor.run(100);
    processor.state.setBigUint64(State.rip, 0x10000n, true);
    processor.run(100);
    assert.equal(eax(processor), 1 + 7);
  });

  test('runs an instruction that lies in two pages, also of memory that is apart', () => {
    const { ram, processor } = processorWith([], 0x10ffe);
    ram.write(0x10ffe, Uint8Array.from(addEax1.slice(0, 2)));
    ram.write64(pageEntry(0x11), BigInt(0x50000 + Page.present));
    ram.write(0x50000, Uint8Array.from([0x01, ...addEax1, ...ud2]));
    assert.equal(processor.run(100).why, 'exception');
    assert.deepEqual([eax(processor), processor.rip], [2, 0x11004n]);
  });

  test('faults at the page where the rest of an instruction would be', () => {
    const { processor } = processorWith(addEax1, 0x10ffe, [0x11]);
    assert.deepEqual(processor.run(100), { why: 'exception', vector: 14, error: 0, address: 0x10ffen });
    assert.equal(processor.state.getBigUint64(State.cr2, true), 0x11000n);
  });

  test('reads and writes what lies in two pages, or faults before it changed either', () => {
    // add dword [0x30ffe], 0x01010101
    const code = [0x81, 0x04, 0x25, 0xfe, 0x0f, 0x03, 0x00, 1, 1, 1, 1, ...ud2];
    const { ram, processor } = processorWith(code, 0x10000);
    ram.write64(pageEntry(0x31), BigInt(0x60000 + Page.present + Page.writable));
    processor.run(100);
    assert.deepEqual([ram.read32(0x30ffc) >>> 16, ram.read32(0x60000) & 0xffff], [0x0101, 0x0101]);
    const other = processorWith(code, 0x10000, [0x31]);
    assert.deepEqual(other.processor.run(100), { why: 'exception', vector: 14, error: 2, address: 0x10000n });
    assert.equal(other.processor.state.getBigUint64(State.cr2, true), 0x31000n);
    assert.equal(other.ram.read32(0x30ffc), 0);
    assert.equal(other.processor.instructions, 0n);
  });

  test('reads ones where there is no memory, and loses what is written there', () => {
    const { ram, processor } = processorWith(
      [0x83, 0x04, 0x25, 0x00, 0x00, 0x03, 0x00, 0x01, 0x03, 0x04, 0x25, 0x00, 0x00, 0x03, 0x00, ...ud2],
      0x10000,
    );
    ram.write64(pageEntry(0x30), BigInt(2 ** 30 + Page.present + Page.writable));
    processor.run(100);
    assert.equal(eax(processor), 0xffff_ffff);
  });

  test('runs no more than it may where the beginning of a block alone is let and has asked for control', () => {
    // add dword [30080h], 1: the local APIC's priority.
    const { ram, processor } = processorWith(
      [0x83, 0x04, 0x25, 0x80, 0x00, 0x03, 0x00, 0x01, ...Array.from({ length: 40 }, () => addEax1).flat(), ...ud2],
      0x10000,
    );
    ram.write64(pageEntry(0x30), 0xfee0_0000n + BigInt(Page.present + Page.writable));
    assert.deepEqual(processor.run(3), { why: 'budget' });
    assert.deepEqual([processor.instructions, eax(processor)], [3n, 2]);
    assert.deepEqual(processor.run(100), { why: 'exception', vector: 6, error: 0, address: processor.rip });
    assert.deepEqual([processor.instructions, eax(processor)], [41n, 40]);
  });

  /** rep stosb */
  const repeatedStore = [0xf3, 0xaa, ...ud2];
  const counted = ({ state }: Processor): readonly bigint[] => [1, 7].map((number) => state.getBigUint64(State.gpr + 8 * number, true));
  const count = ({ state }: Processor, times: bigint, at: bigint): void => {
    state.setBigUint64(State.gpr + 8 * 1, times, true);
    state.setBigUint64(State.gpr + 8 * 7, at, true);
  };

  test('gives control back within a string that takes long, and goes on with it', () => {
    const { processor } = processorWith(repeatedStore, 0x10000);
    count(processor, 10_000n, 0x40000n);
    assert.deepEqual(processor.run(2), { why: 'budget' });
    assert.deepEqual([processor.rip, ...counted(processor)], [0x10000n, 1808n, 0x42000n]);
    assert.deepEqual(processor.run(100), { why: 'exception', vector: 6, error: 0, address: 0x10002n });
    assert.deepEqual([processor.instructions, ...counted(processor)], [3n, 0n, 0x42710n]);
  });

  /** What a string makes of registers and memory: at once with its prefix, or by one instruction after the other without. */
  const strung = (code: readonly number[], isAtOnce: boolean, [count, from, to, ax]: readonly [bigint, bigint, bigint, bigint]) => {
    const { ram, processor } = processorWith([...code.slice(isAtOnce ? 0 : 1), ...ud2], 0x10000);
    ram.write(
      0x40000,
      Uint8Array.from({ length: 0x4000 }, (_, at) => (at * 7) ^ (at >> 5)),
    );
    const set = (number: number, value: bigint): void => processor.state.setBigUint64(State.gpr + 8 * number, value, true);
    for (const [number, value] of [ax, count, 0n, 0n, 0n, 0n, from, to].entries()) set(number, value);
    for (let left = isAtOnce ? 1n : count; left > 0n; left--) {
      processor.state.setBigUint64(State.rip, 0x10000n, true);
      assert.equal(processor.run(1000).why, 'exception');
    }
    if (!isAtOnce) set(1, 0n);
    const registers = [1, 6, 7].map((number) => processor.state.getBigUint64(State.gpr + 8 * number, true));
    return [...registers, Buffer.from(ram.bytes.subarray(ram.begin + 0x40000, ram.begin + 0x44000)).toString('base64')];
  };

  for (const [name, code] of [
    ['MOVSB', [0xf3, 0xa4]],
    ['MOVSQ', [0xf3, 0x48, 0xa5]],
    ['STOSB', [0xf3, 0xaa]],
    ['STOSD', [0xf3, 0xab]],
    ['STOSQ', [0xf3, 0x48, 0xab]],
  ] as const)
    test(`moves and fills in one piece what ${name} would step by step, beyond pages and onto itself`, () => {
      for (const [from, to] of [
        [0x40010n, 0x42ff0n],
        [0x40010n, 0x40011n],
        [0x40011n, 0x40010n],
        [0x40000n, 0x41ffdn],
        [0x40ffdn, 0x41003n],
      ] as const)
        for (const ax of [0n, 0x1111_1111_1111_1111n, 0x1234_5678_9abc_def0n]) {
          const given = [300n, from, to, ax] as const;
          assert.deepEqual(strung(code, true, given), strung(code, false, given));
        }
    });

  test('leaves a string where a step of it faulted', () => {
    const { processor } = processorWith(repeatedStore, 0x10000, [0x31]);
    count(processor, 5n, 0x30ffen);
    assert.deepEqual(processor.run(100), { why: 'exception', vector: 14, error: 2, address: 0x10000n });
    assert.deepEqual([processor.rip, ...counted(processor)], [0x10000n, 3n, 0x31000n]);
  });

  test('finds nothing, and no wrong address, where the last byte of memory is followed by the first', () => {
    const { processor } = processorWith([0x03, 0x03], 0x10000);
    processor.state.setBigUint64(State.gpr + 8 * 3, (1n << 64n) - 1n, true);
    assert.deepEqual(processor.run(100), { why: 'exception', vector: 14, error: 0, address: 0x10000n });
    assert.equal(processor.state.getBigUint64(State.cr2, true), (1n << 64n) - 1n);
  });

  test('refuses addresses that are not canonical', () => {
    // add eax, [rbx]
    const { processor } = processorWith([0x03, 0x03], 0x10000);
    processor.state.setBigUint64(State.gpr + 8 * 3, 1n << 47n, true);
    assert.deepEqual(processor.run(100), { why: 'exception', vector: 13, error: 0, address: 0x10000n });
  });
});
