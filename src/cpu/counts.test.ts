import assert from 'node:assert/strict';
import { test } from 'node:test';
import { families, interpreterOf, State, supervising, tableOf } from '../isa/index.ts';
import { Counter } from './counts.ts';
import { engineOf } from './engine.ts';
import { Bare } from './stage/bare.ts';

const { branch, flag, move } = families;
const table = tableOf([...branch, ...flag, ...move, ...Object.values(supervising).flat()]);
const engine = engineOf(table, interpreterOf(table.forms));

test('what handlers ask the host for and why they give control back is counted, and nothing else changes', () => {
  // mov rax, cr8; mov rax, cr3; mov cr3, rax; mov ebx, [100000h]; hlt: of these, CR8 and an address that isn't known are the host's to tell.
  const code = [0x44, 0x0f, 0x20, 0xc0, 0x0f, 0x20, 0xd8, 0x0f, 0x22, 0xd8, 0x8b, 0x1c, 0x25, 0, 0, 0x10, 0, 0xf4];
  const counter = new Counter();
  const [counting, plain] = [new Bare(engine, code, { counter }), new Bare(engine, code)];
  for (const { processor } of [counting, plain]) assert.equal(processor.run(100).why, 'halt');
  assert.deepEqual(counting.processor.save(), plain.processor.save());
  const { exits, asked, exceptions, interrupts } = counter.counted;
  assert.deepEqual(asked, { readControl: 1, open: 1 });
  assert.deepEqual([exits['halt'], exceptions, interrupts], [1, {}, {}]);
});

test('exceptions and interrupts are counted by their vectors', () => {
  const counter = new Counter();
  const guest = new Bare(engine, [0x8b, 0x1c, 0x25, 0, 0, 0x40, 0], { counter }); // mov ebx, [400000h]: not present
  // A table of gates to a HLT, all alike.
  const gates = new DataView(new ArrayBuffer(16 * 256));
  for (let vector = 0; vector < 256; vector++) {
    gates.setUint32(16 * vector, 0x8_0000 | 0x9000, true);
    gates.setUint32(16 * vector + 4, 0x8e00, true);
  }
  guest.ram.write(0xa000, new Uint8Array(gates.buffer));
  guest.ram.write(0x9000, Uint8Array.of(0xf4));
  guest.ram.write64(0x8008, 0x00af_9b00_0000_ffffn); // Code of 64 bits.
  guest.set(State.gdtr, 0x8000n);
  guest.state.setUint32(State.gdtr + 8, 0xff, true);
  guest.set(State.idtr, 0xa000n);
  guest.state.setUint32(State.idtr + 8, 0xfff, true);
  guest.set(State.gpr + 8 * 4, 0xf000n);
  assert.equal(guest.processor.run(100).why, 'halt');
  guest.processor.state.setUint32(State.flags, 0x202, true);
  assert.equal(guest.processor.interrupt(48), true);
  const { exceptions, interrupts, exits } = counter.counted;
  assert.deepEqual([exceptions, interrupts, exits['fault']], [{ 14: 1 }, { 48: 1 }, 1]);
});
