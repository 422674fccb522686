/** Which end is met first, as the host's processor told in comparisons of segments: without it, for those who have another one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engine } from '../../../src/computer/engine/index.ts';
import { Eflags } from '../../../src/isa/runtime/state.ts';
import { type Case, flatCode, selectorOf } from './cases.ts';
import { Machine } from './machine.ts';
import { codeAt, dataAt, type Entry, pageBytes } from './table.ts';

const plain = { isBig: true, isRestricted: false, countsPages: false, isPresent: true } as const;
const table: readonly Entry[] = [
  { ...plain, kind: 'code', base: codeAt, limit: pageBytes - 1 },
  // Behind its page by a byte.
  { ...plain, kind: 'data', base: dataAt, limit: pageBytes },
];
const [generalProtection, stackFault, pageFault, undefinedOpcode] = [13, 12, 14, 6];

const trapOf = (code: readonly number[], { at = 0, selector = flatCode, esp = dataAt }): number => {
  const bytes = Uint8Array.from([...code, ...new Array(64 - code.length).fill(0xcc)]);
  const offset = (selector === flatCode ? codeAt : 0) + at;
  const registers = [0, selectorOf(1), 0, 0, esp, 0, 0, 0];
  const one: Case = { what: '', code: bytes, at, registers, flags: Eflags.one, selector, offset, seed: 1 };
  return new Machine(engine(), table).run(one, table).trap;
};

test('where a segment of code ends with its page, an instruction that is cut is beyond the limit', () => {
  const cut = [0xb8, 1, 2, 3];
  assert.equal(trapOf(cut, { at: pageBytes - 4, selector: selectorOf(0) }), generalProtection);
  assert.equal(trapOf(cut, { at: pageBytes - 4 }), pageFault);
});

test('bytes of no instruction are fetched with what would be its operands before it is told', () => {
  // MOV of a segment register that isn't there, LOCK before a sum in EAX, and an opcode without rows.
  for (const code of [
    [0x8c, 0x78, 0],
    [0xf0, 0x05, 1, 2, 3, 4],
    [0x0f, 0x38, 0x0c, 0],
    [0x0f, 0x3a, 0x50, 0x40, 0, 0],
    [0x66, 0xc4, 0xe2, 0x80, 0xf5, 0],
  ]) {
    assert.equal(trapOf(code, { at: pageBytes - code.length }), undefinedOpcode);
    assert.equal(trapOf(code, { at: pageBytes - code.length + 1 }), pageFault);
  }
});

test('POPA reads also what was pushed of ESP', () => {
  // mov ss, ecx; mov edx, ecx; popaw: the place of SP is in both pages, what follows is behind the limit.
  const code = [0x8e, 0xd1, 0x89, 0xca, 0x66, 0x61];
  assert.equal(trapOf(code, { esp: pageBytes - 7 }), pageFault);
  assert.equal(trapOf(code, { esp: pageBytes - 6 }), stackFault);
});
