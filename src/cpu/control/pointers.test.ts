/** Loads of CR3 with PAE, whose four pointers handlers look at by themselves where they are in memory. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { State } from '../../isa/index.ts';
import { Counter } from '../counts.ts';
import { Cr0, Cr4 } from '../memory/paging.ts';
import { double, Guest, Place, protectedEngine } from '../stage/guest.ts';

const engine = protectedEngine();
const [first, second] = [0x1f_0000, 0x1f_2000];
/** Where the tables differ. */
const there = 0x20_0000;
/** Present, writable, used and written; a large page. */
const [entry, large] = [0x63, 0xe3];

/** mov eax, [there]; mov ebx, eax; mov eax, table; mov cr3, eax; mov eax, [there] */
const loading = (table: number): readonly number[] => {
  const read = [0xa1, ...double(there)];
  return [...read, 0x89, 0xc3, 0xb8, ...double(table), 0x0f, 0x22, 0xd8, ...read];
};

const begun = (counter: Counter): Guest => {
  const guest = new Guest(engine, undefined, { counter });
  const { ram, processor } = guest;
  const { state } = processor;
  for (const table of [first, second]) {
    ram.write64(table, BigInt(table + 0x1001));
    ram.write64(table + 0x1000, BigInt(large));
  }
  ram.write64(first + 0x1008, BigInt(large));
  ram.write64(second + 0x1008, BigInt(0x1f_4000 + entry));
  ram.write64(0x1f_4000, BigInt(Place.data + entry));
  ram.write32(0, 0x1111);
  ram.write32(Place.data, 0x2222);
  state.setBigUint64(State.cr3, BigInt(first), true);
  state.setBigUint64(State.cr4, BigInt(Cr4.pae), true);
  state.setBigUint64(State.cr0, BigInt((Cr0.pe | Cr0.et | Cr0.pg) >>> 0), true);
  processor.flush();
  return guest;
};

interface Told {
  readonly outcome: string;
  readonly asked: number;
  readonly read: readonly [before: bigint, after: bigint];
}

const told = (table: number, change: (guest: Guest) => void = () => {}): Told => {
  const counter = new Counter();
  const guest = begun(counter);
  change(guest);
  const outcome = guest.outcome(loading(table));
  const { registers } = guest;
  return { outcome, asked: counter.counted.asked['writeControl'] ?? 0, read: [registers.general(3), registers.general(0)] };
};

suite('CR3 with PAE', () => {
  test('tables whose pointers are in memory count from the next instruction on, and nobody is asked', () => {
    assert.deepEqual(told(second), { outcome: 'halts at 0', asked: 0, read: [0x1111n, 0x2222n] });
  });

  test('what is reserved in a pointer that isn’t present doesn’t matter', () => {
    assert.equal(told(second, ({ ram }) => ram.write64(second + 16, 0xffff_ffff_ffff_fffen)).asked, 0);
  });

  for (const [index, bit] of [1, 8, 5, 40].entries())
    test(`bit ${bit} of pointer ${index} is asked for, and refused`, () => {
      const { outcome, asked } = told(second, ({ ram }) => ram.write64(second + 8 * index, (1n << BigInt(bit)) | 1n));
      assert.deepEqual([outcome, asked], ['#13(0)', 1]);
    });

  test('pointers that are in no memory are asked for', () => {
    assert.equal(told(0x7fff_0000).asked, 1);
  });
});
