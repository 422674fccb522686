/** Each peculiarity of binutils is one: its objdump still does so, and nothing else is taken for it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, disassemble, isa, tableOf } from '../../src/isa/index.ts';
import { addressOf, inSlot, objdumpEach } from './objdump.ts';
import { peculiarities, peculiarityOf } from './peculiar.ts';

const codes = [
  [0xf2, 0x0f, 0xbc, 0xc0],
  [0xf2, 0x66, 0x49, 0x0f, 0x1e, 0xe8],
  [0x4a, 0x0f, 0x18, 0x35, 0, 0, 0, 0],
  [0xf3, 0x48, 0x0f, 0x1e, 0xce],
  [0xf3, 0x49, 0x90],
  [0x66, 0x4d, 0x63, 0xdc],
  [0x3e, 0x65, 0xff, 0x23],
].map((code) => Uint8Array.from(code));

test('each is seen, in the text that objdump writes', () => {
  const table = tableOf(isa);
  const seen = objdumpEach(codes, 64, 'intel').map(({ text }, index) => {
    const ours = decode(table, inSlot(codes[index] ?? []), 0, 64);
    assert.ok(ours.form !== undefined);
    return peculiarityOf(ours.form.text, text, disassemble(ours, addressOf(index), 'intel'))?.why;
  });
  assert.deepEqual(
    seen,
    peculiarities.map(({ why }) => why),
  );
});

test('another operand or another row is no peculiarity', () => {
  assert.equal(peculiarityOf('0F 1E /r | Ev', 'repnz nop r8', 'repnz data16 nop r9'), undefined);
  assert.equal(peculiarityOf('FF /4 | Ev | f64', 'ds notrack jmp r15', 'ds ss jmp r14'), undefined);
  assert.equal(peculiarityOf('63 /r | Gv, Ez', 'movsxd r10,cx', 'data16 movsxd r10,edx'), undefined);
  assert.ok(peculiarityOf('63 /r | Gv, Ez', 'movslq %r12w,%rbp', 'data16 movslq %r12d,%rbp'));
  assert.equal(peculiarityOf('0F A3 /r | Ev, Gv', 'data16 (bad)', 'repnz data16 bt ax,bx'), undefined);
});
