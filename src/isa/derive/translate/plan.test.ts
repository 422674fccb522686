import assert from 'node:assert/strict';
import { test } from 'node:test';
import { branch } from '../../spec/branch.ts';
import { decode } from '../decode/decode.ts';
import { tableOf } from '../decode/table.ts';
import type { Mode } from '../interpret/predecode.ts';
import { planOf } from './plan.ts';
import type { RegionBlock } from './region.ts';

const table = tableOf(branch);
const mode: Mode = { code: 64, stack: 64, isFlat: true, vectors: 'allowed', wide: 'allowed' };

/** Blocks of one branch each, one behind the other. */
const blocksOf = (...codes: readonly (readonly number[])[]): readonly RegionBlock[] => {
  let at = 0x1000n;
  return codes.map((code) => {
    const start = at;
    const instruction = decode(table, Uint8Array.from(code), 0, 64);
    if (instruction.form === undefined) throw new Error('no instruction');
    at += BigInt(code.length);
    return { start, page: 1n, record: 0, placed: [{ instruction: { ...instruction, form: instruction.form }, next: at }] };
  });
};

const planned = (blocks: readonly RegionBlock[], entrances: readonly number[]) => planOf({ blocks, entrances, mode, limit: 0, record: 0 });
const jnz = (distance: number): readonly number[] => [0x75, distance & 255];
const call = (distance: number): readonly number[] => [0xe8, distance & 255, 0, 0, 0];
const ret = [0xc3] as const;

test('a loop that is entered at its beginning alone goes back there', () => {
  const { entrances, isLoop, wayFrom } = planned(blocksOf(jnz(0), jnz(-4), ret), [0]);
  assert.deepEqual(entrances, [0]);
  assert.deepEqual(isLoop.slice(0, 3), [true, false, false]);
  assert.equal(wayFrom(1, 0), 'back');
});

test('one that is entered in its midst, too, is entered at its beginning anew', () => {
  const { entrances, wayFrom } = planned(blocksOf(jnz(0), jnz(-4), ret), [1]);
  assert.deepEqual(entrances, [1]);
  assert.equal(wayFrom(0, 1), 'back');
  const both = planned(blocksOf(jnz(0), jnz(-4), ret), [0, 1]);
  assert.deepEqual(both.entrances, [0, 1]);
  // No branch of WebAssembly leads back there.
  assert.equal(both.wayFrom(1, 0), undefined);
});

test('a return goes on behind the calls of its function', () => {
  // call f; call f; ret; f: ret
  const { entrances, returns } = planned(blocksOf(call(6), call(1), ret, ret), [0]);
  assert.deepEqual(entrances, [0]);
  assert.deepEqual([...(returns.get(3) ?? [])], [1, 2]);
  assert.equal(returns.has(2), false);
});

test('behind a call of what isn’t in it, a region may be entered', () => {
  const { entrances, returns } = planned(blocksOf(call(0x40), ret), [0]);
  assert.deepEqual(entrances, [0, 1]);
  assert.equal(returns.size, 0);
});

test('a return of what nothing calls by name may end any call through a register, behind which a region may be entered', () => {
  const callRax = [0xff, 0xd0];
  const { entrances, returns } = planned(blocksOf(callRax, ret, ret), [0, 2]);
  assert.deepEqual(returns.get(2), [1]);
  assert.deepEqual(entrances, [0, 2, 1]);
});

test('a return of a function that is called from many places leads anywhere', () => {
  // Nine calls of the last block, each 5 bytes.
  const calls = Array.from({ length: 9 }, (_, at) => call(5 * (8 - at) + 1));
  const { entrances, returns } = planned(blocksOf(...calls, ret, ret), [0]);
  assert.deepEqual([...(returns.get(10) ?? [1])], []);
  assert.deepEqual(entrances, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});
