import assert from 'node:assert/strict';
import { test } from 'node:test';
import { families, instructionAt, type Mode, type Placed, tableOf } from '../../isa/index.ts';
import type { Block } from './block.ts';
import { isWithin } from './choosing.ts';

const table = tableOf(families.branch);
const mode: Mode = { code: 64, stack: 64, isFlat: true, vectors: 'allowed', wide: 'allowed' };

/** Blocks of one branch each, one behind the other. */
const blocksOf = (...codes: readonly (readonly number[])[]): ReadonlyMap<Block, readonly Placed[]> => {
  let at = 0x1000n;
  return new Map(
    codes.map((code) => {
      const rip = at;
      at += BigInt(code.length);
      const instruction = instructionAt(table, Uint8Array.from(code), 0, mode);
      if (typeof instruction === 'string') throw new Error(instruction);
      const block: Block = {
        ...{ key: 0, record: 0, rip, base: 0n, limit: 0, page: 1, secondPage: undefined, offset: 0 },
        ...{ inFirst: code.length, inSecond: 0, instructions: 1, mode: 64, other: undefined },
      };
      return [block, [{ instruction, next: at }]] as const;
    }),
  );
};

test('branches lead to blocks from within their region; calls, and returns from them, come from elsewhere, too', () => {
  // A loop of three, of which the second calls the fifth; the fourth is behind it.
  const blocks = blocksOf([0x75, 0], [0xe8, 3, 0, 0, 0], [0x75, 0xf7], [0xc3], [0xc3]);
  assert.deepEqual(
    [...blocks.keys()].map((block) => isWithin(block, { blocks })),
    [true, true, false, true, false],
  );
  const [first] = blocks.keys();
  assert.ok(first !== undefined && !isWithin(first, undefined) && !isWithin(first, { blocks: new Map() }));
});
