import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isa } from '../../spec/index.ts';
import type { Form } from '../../spec/row.ts';
import { bodyOf } from '../../stage/emit.ts';
import { decode } from '../decode/decode.ts';
import { tableOf } from '../decode/table.ts';
import type { Mode, Placed } from '../interpret/predecode.ts';
import { nameOf, wordOffsets } from './kinds.ts';
import { writeRegion } from './write.ts';

const table = tableOf(isa);
const mode: Mode = { code: 64, stack: 64, isFlat: true, vectors: 'allowed', wide: 'allowed' };

/** Of a loop of these instructions, behind which code goes back where ZF is clear: which words of flags it computes from what was carried to its beginning. */
const computedBy = (...codes: readonly (readonly number[])[]): readonly string[] => {
  const start = 0x1000n;
  let at = start;
  const placed = [...codes, [0x75, -2 - codes.flat().length]].map((code): Placed => {
    const instruction = decode(table, Uint8Array.from(code), 0, 64);
    if (instruction.form === undefined) throw new Error('no instruction');
    at += BigInt(code.length);
    return { instruction: { ...instruction, form: instruction.form }, next: at };
  });
  const block = { start, page: 1n, record: 64, placed };
  const formOf = ({ instruction: { form } }: Placed): Form => form as Form; // Of the specification, as the table is.
  const { stage } = writeRegion({ blocks: [block], entrances: [0], record: 0, mode, limit: 0 }, 0, formOf);
  const called = new Set<string>();
  bodyOf(stage, (name) => {
    called.add(name);
    return 0;
  });
  return wordOffsets.map(({ offset }) => nameOf(offset)).filter((name) => called.has(name));
};

const imul = [0x0f, 0xaf, 0xc1] as const;
const xor = [0x31, 0xd2] as const;
const rol = [0xc1, 0xc0, 7] as const;

test('flags that an instruction leaves as they are and the next changes are computed nowhere', () => {
  assert.deepEqual(computedBy(imul, xor), []);
  assert.deepEqual(computedBy(rol, imul, xor), []);
});

test('those that an instruction leaves as they are, and a branch looks at, are computed from what was carried', () => {
  assert.ok(computedBy(imul).includes('result of'));
});
