/** x87 exceptions where CR0.NE is clear, as handlers for PCs deal with them: SDM Vol. 1, D.2 and D.3. */
import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { Eflags, families, State, supervising, X87Control } from '../../isa/index.ts';
import type { Engine } from '../engine.ts';
import type { Owner } from '../owner.ts';
import { engineOfRows } from '../stage/engine.ts';
import { Guest, gateOf, handlerOf, Place, Rights, Selector } from '../stage/guest.ts';

const fldz = [0xd9, 0xee];
const fld1 = [0xd9, 0xe8];
const fdivSt1 = [0xd8, 0xf1];
const fnclex = [0xdb, 0xe2];
/** Where the quotient by zero and what waits for it are. */
const quotient = [...fldz, ...fld1, ...fdivSt1];
const waitingAt = Place.code + quotient.length;
const told = 0x75;

suite('x87 exceptions that are told outside', () => {
  let engine: Engine;
  before(() => {
    const { x87Move, x87Arithmetic, x87Control } = families;
    engine = engineOfRows(x87Move, x87Arithmetic, x87Control, ...Object.values(supervising));
  });

  const guestWith = (owner: Owner): Guest => {
    const guest = new Guest(engine, undefined, owner);
    const { state } = guest.processor;
    state.setUint16(State.x87Control, X87Control.initial & ~4, true);
    state.setUint8(State.x87Full, 0);
    guest.registers.flags = Eflags.one | Eflags.if;
    return guest;
  };

  test('have the owner told once, and the processor wait before the next instruction that waits', () => {
    let count = 0;
    const guest = guestWith({ floatingError: () => count++ });
    assert.deepEqual(guest.run([...quotient, ...fldz]), { why: 'halt' });
    assert.deepEqual([count, guest.registers.rip], [1, BigInt(waitingAt)]);
    assert.deepEqual(guest.processor.run(100), { why: 'halt' });
    assert.equal(count, 1);
    assert.equal(guest.processor.instructions, 3n);
  });

  test('are taken by the interrupt that comes of it, whose handler returns to the instruction', () => {
    const guest = guestWith({ floatingError: () => {} });
    // fnclex; iretd
    guest.ram.write(handlerOf(told), Uint8Array.from([...fnclex, 0xcf]));
    guest.run([...quotient, ...fldz]);
    assert.equal(guest.processor.interrupt(told), true);
    assert.equal(guest.word(0), waitingAt);
    assert.deepEqual(guest.processor.run(100), { why: 'halt' });
    assert.equal(guest.registers.rip, BigInt(waitingAt + fldz.length + 1));
  });

  test('are ignored from when the owner says so until they are cleared, and the next one is told anew', () => {
    let count = 0;
    const guest = guestWith({ floatingError: () => count++ });
    guest.run([...quotient, ...fldz, ...fnclex, ...quotient, ...fldz]);
    guest.processor.ignoreFloatingErrors();
    assert.deepEqual(guest.processor.run(100), { why: 'halt' });
    assert.deepEqual([count, guest.registers.rip], [2, BigInt(waitingAt + fldz.length + fnclex.length + quotient.length)]);
  });

  test('go on at once where the owner ignores them as they are told', () => {
    let count = 0;
    const guest: Guest = guestWith({
      floatingError: () => {
        count++;
        guest.processor.ignoreFloatingErrors();
      },
    });
    const code = [...quotient, ...fldz, ...fldz];
    assert.equal(guest.outcome(code), 'halts at 0');
    assert.equal(count, 1);
  });

  test('are not ignored where none awaits', () => {
    let count = 0;
    const guest = guestWith({ floatingError: () => count++ });
    guest.processor.ignoreFloatingErrors();
    guest.run([...quotient, ...fldz]);
    assert.equal(count, 1);
  });

  test('are #MF with CR0.NE, and need an owner without it', () => {
    const inside = guestWith({ floatingError: () => assert.fail('nobody is told') });
    inside.processor.state.setBigUint64(State.cr0, 0x21n, true);
    inside.handle(16, gateOf(Selector.code, handlerOf(16), Rights.interrupt));
    assert.equal(inside.outcome([...quotient, ...fldz]), '#16');
    const alone = guestWith({});
    const exit = alone.run([...quotient, ...fldz]);
    assert.equal(exit.why, 'unsupported');
    assert.equal(alone.registers.rip, BigInt(waitingAt));
  });
});
