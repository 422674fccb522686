import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Heads, Homes, headOf, Layout, Record } from '../../isa/index.ts';
import type { Block } from './block.ts';
import { Chains, soughtMode } from './chains.ts';

const long = 64;
const records = Homes.each;
const block = (number: number, rip: bigint, more: Partial<Block> = {}): Block => ({
  ...{ key: number, record: records + Record.size * number, rip, base: 0n, limit: 0, page: number, secondPage: undefined, offset: 0 },
  ...{ inFirst: 1, inSecond: 0, instructions: 1, mode: long, other: undefined },
  ...more,
});

/** Pages of the blocks in an address's chain. */
const chainOf = (view: DataView, rip: bigint): readonly number[] => {
  const pages: number[] = [];
  let record = view.getUint32(Layout.heads + 4 * headOf(rip), true);
  while (record !== 0) {
    pages.push(view.getUint32(record + Record.page, true));
    record = view.getUint32(record + Record.chain, true);
  }
  return pages;
};

test('blocks are in the chains of their addresses until they are removed', () => {
  const view = new DataView(new ArrayBuffer(2 * Homes.each));
  const chains = new Chains(view, 0);
  const rip = 0x40_1000n;
  const all = [1, 2, 3, 4].map((number) => block(number, rip + BigInt(number % 2) * 2n ** 32n));
  for (const one of all) chains.add(one);
  chains.add(block(5, rip + 1n));
  assert.deepEqual(chainOf(view, rip), [4, 3, 2, 1]);
  const [first, second, third, fourth] = all as [Block, Block, Block, Block];
  chains.remove(third);
  assert.deepEqual(chainOf(view, rip), [4, 2, 1]);
  chains.remove(fourth);
  chains.remove(first);
  assert.deepEqual(chainOf(view, rip), [2]);
  chains.remove(third);
  chains.remove(second);
  assert.deepEqual(chainOf(view, rip), []);
  assert.deepEqual(chainOf(view, rip + 1n), [5]);
  chains.clear();
  assert.deepEqual(new Uint32Array(view.buffer, Layout.heads, Heads.count).filter(Boolean).length, 0);
});

test('what goes on in another page says in which', () => {
  const view = new DataView(new ArrayBuffer(2 * Homes.each));
  const chains = new Chains(view, 0);
  const [one, two] = [block(1, 0x1ffen), block(2, 0x1ffen, { secondPage: 0 })];
  for (const added of [one, two]) chains.add(added);
  assert.deepEqual(chainOf(view, 0x1ffen), [2, 1]);
  assert.deepEqual(
    [one, two].map(({ record }) => view.getUint32(record + Record.behind, true)),
    [0, 1],
  );
});

test('what is in a segment that begins or ends anywhere is in none', () => {
  const view = new DataView(new ArrayBuffer(2 * Homes.each));
  const chains = new Chains(view, 0);
  const flat = { mode: 32, limit: 0xffff_ffff };
  for (const [number, more] of [
    { ...flat, base: 16n },
    { ...flat, limit: 0xffff },
  ].entries()) {
    chains.add(block(number, 0x1000n, more));
    chains.remove(block(number, 0x1000n, more));
  }
  assert.deepEqual(chainOf(view, 0x1000n), []);
  chains.add(block(9, 0x1000n, flat));
  assert.deepEqual(chainOf(view, 0x1000n), [9]);
  assert.deepEqual([soughtMode(32, 0n, 0xffff_ffff), soughtMode(32, 0n, 0xffff), soughtMode(long, 0n, 0)], [32, 0, long]);
});
