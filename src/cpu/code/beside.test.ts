/** Data in a page with code: it is written, as a rule, without the code being forgotten, and code that is written is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { families, interpreterOf, State, tableOf } from '../../isa/index.ts';
import { setFlat } from '../code/mode.ts';
import { engineOf } from '../engine.ts';
import { Ram } from '../memory/ram.ts';
import { Processor } from '../processor.ts';

const table = tableOf([...families.arithmetic, ...families.branch, ...families.move, ...families.hint]);
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

test('a loop that counts in its own page has each write looked at', () => {
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

test('a page that is filled byte by byte is soon written without a look at each', () => {
  // mov edi, 0x2000; mov al, 0x90; mov byte [edi], al; inc edi; cmp edi, 0x3000; jb back. At 0x2000: ret, which was run before.
  const { ram, processor } = stage([]);
  ram.write(0x2000, Uint8Array.of(0xeb, 0xfe));
  processor.state.setBigUint64(State.rip, 0x2000n, true);
  processor.run(1);
  let looks = 0;
  ram.readers.join({ hasCode: () => ++looks < 0, spoil: () => {}, forbidWriting: () => {}, flush: () => {} });
  const loop = [0x88, 0x07, 0x83, 0xc7, 0x01, 0x81, 0xff, 0x00, 0x30, 0x00, 0x00, 0x72, 0xf3];
  ram.write(at, Uint8Array.from([0xbf, 0x00, 0x20, 0x00, 0x00, 0xb0, 0x90, ...loop, 0xeb, 0xfe]));
  processor.state.setBigUint64(State.rip, BigInt(at), true);
  processor.run(3 + 4 * 4096);
  assert.equal(ram.read32(0x2ffc), 0x9090_9090);
  assert.ok(looks < 300, `${looks} looks`);
  processor.state.setBigUint64(State.rip, 0x2000n, true);
  // What was written there is what runs.
  ram.write(0x3000, Uint8Array.of(0xeb, 0xfe));
  processor.run(1);
  assert.equal(processor.rip, 0x2001n);
});
