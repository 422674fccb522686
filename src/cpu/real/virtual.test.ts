/** What CR4.VME and CR4.PVI add to virtual-8086 and protected mode, by the manual's pseudo-code: SDM Vol. 3B, 22.3 and 22.4. */
import assert from 'node:assert/strict';
import { before, beforeEach, suite, test } from 'node:test';
import { Eflags, State } from '../../isa/index.ts';
import { Cr4 } from '../control/bits.ts';
import type { Engine } from '../engine.ts';
import { double, Guest, Place, protectedEngine } from '../stage/guest.ts';

const { one, if: open, tf, rf, vm, vif, vip, iopl, nt } = Eflags;
const [cli, sti, pushf, popf, iret, hlt] = [0xfa, 0xfb, 0x9c, 0x9d, 0xcf, 0xf4] as const;
const own = 0x1200;

suite('virtual interrupts', () => {
  let engine: Engine;
  let guest: Guest;
  before(() => {
    engine = protectedEngine();
  });
  beforeEach(() => {
    guest = new Guest(engine);
    guest.processor.state.setBigUint64(State.cr4, BigInt(Cr4.vme), true);
    // The map of interrupts that aren't redirected: 0x31 is not. It ends where the map of ports begins.
    guest.ram.write(Place.task + 0x66, Uint8Array.of(0x88, 0));
    guest.ram.write(Place.task + 0x68 + 6, Uint8Array.of(1 << 1));
    guest.registers.setLoaded(State.tr, { ...guest.registers.loaded(State.tr), limit: 0x100 });
    guest.ram.write(4 * 0x30, Uint8Array.of(0, 0, ((own >> 4) >> 0) & 0xff, own >> 12));
    guest.ram.write(own, Uint8Array.of(hlt));
  });

  /** Where code of 16 bits ends: its #GP or other exception, the offset there, and the flags that were pushed. */
  const end = (
    code: readonly number[],
    flags = 0,
  ): { readonly vector: number; readonly ip: number; readonly cs: number; readonly flags: number } => {
    guest.ram.write(Place.code, Uint8Array.from([...code, hlt]));
    const values = [0, 0, 0, 0, 0x5000, 0x800, one | vm | flags, Place.code >> 4, 0];
    assert.equal(guest.run([...values.flatMap((value) => [0x68, ...double(value)]), iret], 0x1_8000).why, 'halt');
    const at = guest.vector === 13 ? 1 : 0;
    const [ip = 0, cs = 0, pushed = 0] = guest.words(at + 3).slice(at);
    return { vector: guest.vector ?? -1, ip, cs, flags: pushed };
  };
  const stack = (offset: number): number => guest.ram.read32(0x5_0000 + offset) & 0xffff;

  test('CLI and STI are about VIF, and STI is #GP where the supervisor waits for it', () => {
    assert.equal(end([sti]).flags, one | vm | vif | rf);
    assert.equal(end([sti]).ip, 1, 'it halts behind it');
    assert.equal(end([cli], vif | open).flags, one | vm | open | rf);
    assert.equal(end([sti], vip).ip, 0);
    assert.equal(end([cli], vip | vif).ip, 1);
  });

  test('PUSHF shows VIF as IF, and an IOPL of 3', () => {
    end([pushf], vif);
    assert.equal(stack(0x7fe), one | open | iopl);
    end([pushf], open);
    assert.equal(stack(0x7fe), one | iopl);
    assert.equal(end([0x66, pushf]).ip, 0, 'of 32 bits it is the supervisor’s');
  });

  test('POPF sets VIF, but neither IF nor IOPL, and refuses TF', () => {
    const pop = (image: number, flags = 0): ReturnType<typeof end> => {
      guest.ram.write(0x5_0800, Uint8Array.of(image & 0xff, image >> 8));
      return end([popf], flags);
    };
    assert.equal(pop(open | nt).flags, one | vm | vif | nt | rf);
    assert.equal(pop(iopl, vif | open).flags, one | vm | open | rf);
    assert.equal(pop(tf).ip, 0);
    assert.equal(pop(open, vip).ip, 0);
    assert.equal(pop(0, vip).ip, 1);
    assert.equal(end([0x66, popf]).ip, 0);
  });

  test('INT n goes where the program has it go, unless the map says otherwise', () => {
    const { vector, ip, cs } = end([0xcd, 0x30], vif | (tf * 0));
    assert.deepEqual([vector, ip, cs], [13, 0, own >> 4]);
    assert.deepEqual([stack(0x7fa), stack(0x7fc), stack(0x7fe)], [2, Place.code >> 4, one | open | iopl]);
    assert.equal(end([0xcd, 0x30], vif).flags, one | vm | rf, 'VIF is clear there');
    assert.deepEqual([end([0xcd, 0x31]).vector, end([0xcd, 0x31]).ip], [13, 0]);
  });

  test('with an IOPL of 3 it is redirected too, and its IF is the processor’s', () => {
    const { cs, flags } = end([0xcd, 0x30], iopl | open);
    assert.deepEqual([cs, flags], [own >> 4, one | vm | iopl | rf]);
    assert.equal(stack(0x7fe), one | open | iopl);
  });

  test('a map beyond the task is #GP', () => {
    guest.registers.setLoaded(State.tr, { ...guest.registers.loaded(State.tr), limit: 0x68 });
    assert.equal(end([0xcd, 0x30]).ip, 0);
  });

  test('IRET of 16 bits sets VIF, and refuses what POPF does', () => {
    const back = (image: number, flags = 0): ReturnType<typeof end> => {
      guest.ram.write(0x5_0800, Uint8Array.of(8, 0, (Place.code >> 4) & 0xff, Place.code >> 12, image & 0xff, image >> 8));
      guest.ram.write(Place.code + 8, Uint8Array.of(hlt));
      return end([iret], flags);
    };
    const { ip, flags } = back(open);
    assert.deepEqual([ip, flags], [8, one | vm | vif | rf]);
    assert.equal(back(iopl | nt, vif).flags, one | vm | nt | rf);
    assert.equal(back(tf).ip, 0);
    assert.equal(back(open, vip).ip, 0);
    assert.equal(end([0x66, iret]).ip, 0);
  });

  test('without CR4.VME they need IOPL', () => {
    guest.processor.state.setBigUint64(State.cr4, 0n, true);
    for (const code of [[cli], [sti], [pushf], [popf], [iret], [0xcd, 0x30]]) assert.deepEqual([end(code).vector, end(code).ip], [13, 0]);
  });

  test('users of protected mode have VIF by CR4.PVI, for CLI and STI alone', () => {
    guest.processor.state.setBigUint64(State.cr4, BigInt(Cr4.pvi), true);
    const after = (code: number, flags: number): readonly [string, number] => {
      guest.privilege(3);
      guest.registers.flags = one | flags;
      const outcome = guest.outcome([code, 0x0f, 0x0b]);
      return [outcome, guest.word(2)];
    };
    assert.deepEqual(after(sti, 0), ['#6', one | vif | rf]);
    assert.deepEqual(after(cli, vif | open), ['#6', one | open | rf]);
    assert.equal(after(sti, vip)[0], '#13(0)');
    assert.deepEqual(after(pushf, vif), ['#6', one | vif | rf]);
    assert.equal(guest.ram.read32(Place.stack - 4), one | vif, 'PUSHF shows it as it is');
    guest.processor.state.setBigUint64(State.cr4, 0n, true);
    assert.equal(after(sti, 0)[0], '#13(0)');
  });
});
