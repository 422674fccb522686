import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withRedundantPrefixes } from '../../src/isa/derive/assemble/redundant.ts';
import { sample } from '../../src/isa/derive/assemble/sample.ts';
import { tableOf } from '../../src/isa/derive/decode/table.ts';
import { BlockWriter, instructionAt, type Undecodable } from '../../src/isa/derive/interpret/block-writer.ts';
import { Handlers } from '../../src/isa/derive/interpret/handlers.ts';
import {
  blockBytes,
  endsBlock,
  longestBlock,
  type Mode,
  numbersOf,
  type Placed,
  writeBlock,
} from '../../src/isa/derive/interpret/predecode.ts';
import { Record } from '../../src/isa/derive/interpret/record.ts';
import { isa } from '../../src/isa/spec/index.ts';
import { diceOf } from '../oracle/dice.ts';

const table = tableOf(isa);
const predecoder = { handlers: new Handlers(table.forms).index, numberOf: numbersOf(table.forms) };
const memory = new DataView(new ArrayBuffer(16_384));
const all = new Uint8Array(memory.buffer);
const Place = { code: 256, block: 4096, other: 8192 } as const;

const mode64: Mode = { code: 64, stack: 64, isFlat: true, vectors: 'allowed', wide: 'allowed' };
const modes: Readonly<Record<string, Mode>> = {
  'of 64 bits': mode64,
  'of 64 bits without vectors': { ...mode64, vectors: 'nm', wide: 'none' },
  'of 32 bits': { ...mode64, code: 32, stack: 32 },
  'of 32 bits in segments': { ...mode64, code: 32, stack: 16, isFlat: false, wide: 'ud' },
  'of 16 bits': { ...mode64, code: 16, stack: 16, isFlat: false, wide: 'none' },
};

/** By decoding alone. */
const decoded = (bytes: Uint8Array, inFirst: number, rip: bigint, mode: Mode): readonly Placed[] | Undecodable => {
  const placed: Placed[] = [];
  for (let at = 0; placed.length < longestBlock && (at < inFirst || at === 0); ) {
    const instruction = instructionAt(table, bytes, at, mode);
    if (typeof instruction === 'string') return placed.length === 0 ? instruction : placed;
    at += instruction.lengthBytes;
    if (at > inFirst && placed.length > 0) break;
    placed.push({ instruction, next: BigInt.asUintN(mode.code === 64 ? 64 : 32, rip + BigInt(at)) });
    if (endsBlock(predecoder, instruction)) break;
  }
  return placed;
};

for (const [name, mode] of Object.entries(modes))
  test(`a block of code ${name} is the same by templates as it is decoded`, () => {
    const roll = diceOf(5);
    const writer = new BlockWriter(memory, table, predecoder);
    let written = 0;
    const compare = (code: readonly number[]): void => {
      all.fill(0);
      all.set(code, Place.code);
      // Whatever comes behind its end is not code.
      const length = roll(4) === 0 ? 1 + roll(code.length) : code.length;
      const bytes = all.subarray(Place.code, Place.code + length);
      const inFirst = roll(4) === 0 ? 1 + roll(length) : length;
      const high = mode.code === 64 ? BigInt(roll(2 ** 32)) << 32n : 0n;
      const rip = high | BigInt(roll(4) === 0 ? 2 ** 32 - 1 - roll(64) : roll(2 ** 32));
      const wanted = { rip, mode, bytes, inFirst, most: longestBlock, heat: 0, isStop: undefined };
      const why = writer.write(Place.block, wanted);
      const expected = decoded(bytes, inFirst, rip, mode);
      const text = Buffer.from(code).toString('hex');
      if (typeof expected === 'string') {
        assert.equal(why, expected, text);
        return;
      }
      assert.equal(why, undefined, text);
      assert.equal(writer.instructions, expected.length, text);
      const last = expected.at(-1);
      assert.equal(writer.bytes, Number(BigInt.asUintN(mode.code === 64 ? 64 : 32, (last?.next ?? rip) - rip)), text);
      writeBlock(memory, Place.other, predecoder, { start: rip, placed: expected, mode });
      const size = blockBytes(expected.length);
      // Their first records name the ones behind; in the last ones something of what didn't belong to them may be left.
      memory.setUint32(Place.other + Record.entry, Place.block + Record.size, true);
      for (const place of [Place.block, Place.other]) {
        const last = place + size - Record.size;
        all.fill(0, last + Record.reg, last + Record.immediate);
        memory.setUint16(last + Record.second, 0, true);
      }
      const [one, other] = [Place.block, Place.other].map((place) => Buffer.from(memory.buffer, place, size));
      assert.ok(one?.equals(other ?? new Uint8Array()), text);
      written += expected.length;
    };
    for (let round = 0; round < 2; round++)
      for (const form of table.forms)
        for (const isMemory of [false, true]) {
          const code = sample(form, { mode: mode.code, isMemory }, roll);
          if (code === undefined) continue;
          const [before, after] = [0, 1].map(
            () => sample(table.forms[roll(table.forms.length)] ?? form, { mode: mode.code, isMemory }, roll) ?? [],
          );
          const several = [...(before ?? []), ...withRedundantPrefixes(code, mode.code, roll), ...(after ?? [])];
          compare(several);
          // Whatever else comes of it.
          several[roll(several.length)] = roll(256);
          compare(several);
        }
    assert.ok(written > 10_000);
  });
