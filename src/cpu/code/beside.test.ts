/** Data in a page with code: it is written without the code being forgotten, and code that is written is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { families, interpreterOf, State, tableOf } from '../../isa/index.ts';
import { setFlat } from '../code/mode.ts';
import { engineOf } from '../engine.ts';
import { Ram } from '../memory/ram.ts';
import { Processor } from '../processor.ts';

const table = tableOf([...families.arithmetic, ...families.branch, ...families.move]);
const engine = engineOf(table, interpreterOf(table.forms));
const at = 0x1000;

const stage = (code: readonly number[]) => {
  const ram = new Ram(2 ** 20);
  ram.write(at, Uint8Array.from(code));
  const processor = new Processor(ram, engine);
  processor.state.setBigUint64(State.cr0, 1n, true);
  setFlat(processor.state, 32);
  processor.state.setBigUint64(State.rip, BigInt(at), true);
  processor.forget();
  return { ram, processor };
};

test('a loop that counts in its own page is predecoded once', () => {
  // add dword [0x1800], 1; jmp back
  const { ram, processor } = stage([0x83, 0x05, 0x00, 0x18, 0x00, 0x00, 0x01, 0xeb, 0xf7]);
  const spoilt: number[] = [];
  ram.readers.join({
    hasCode: () => true,
    spoil: (page, from) => void spoilt.push(page * 4096 + from),
    forbidWriting: () => {},
    flush: () => {},
  });
  processor.run(20_000);
  assert.equal(ram.read32(0x1800), 10_000);
  // Each write was looked at, and none met code.
  assert.equal(spoilt.length, 10_000);
  assert.deepEqual([...new Set(spoilt)], [0x1800]);
});

test('an instruction that the one before it writes is run as written', () => {
  // mov byte [0x1008], 2; add eax, imm8 (at 0x1007: 83 c0 01 becomes …); jmp back
  const { processor } = stage([0xc6, 0x05, 0x09, 0x10, 0x00, 0x00, 0x05, 0x83, 0xc0, 0x01, 0xeb, 0xf4]);
  processor.run(3 * 100);
  assert.equal(processor.state.getUint32(State.gpr, true), 500);
});

test('code that goes on in the next page is forgotten when that is written', () => {
  // At 0x1ffe: add eax, 1 in two pages; mov byte [0x2000], 3; jmp back.
  const { ram, processor } = stage([]);
  ram.write(0x1ffe, Uint8Array.of(0x83, 0xc0, 0x01, 0xc6, 0x05, 0x00, 0x20, 0x00, 0x00, 0x03, 0xeb, 0xf4));
  processor.state.setBigUint64(State.rip, 0x1ffen, true);
  processor.forget();
  processor.run(3 * 3);
  assert.equal(processor.state.getUint32(State.gpr, true), 1 + 3 + 3);
});
