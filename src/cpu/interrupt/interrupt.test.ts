/** Interrupts and exceptions in protected and virtual-8086 mode, by the manual's pseudo-code. */
import assert from 'node:assert/strict';
import { before, beforeEach, suite, test } from 'node:test';
import { Eflags, Segment, Shadow, State } from '../../isa/index.ts';
import { Dr6 } from '../control/debug-registers.ts';
import type { Engine } from '../engine.ts';
import { double, dpl, Guest, gateOf, handlerOf, movAx, Place, protectedEngine, Rights, Selector, segmentOf } from '../stage/guest.ts';

const { code, data, userCode, userData, free } = Selector;
const { one, if: open, tf, rf, nt, vm, ac, iopl } = Eflags;
const ud2 = [0x0f, 0x0b];
const sti = [0xfb];
const incEax = [0x40];

suite('interrupts', () => {
  let engine: Engine;
  let guest: Guest;
  before(() => {
    engine = protectedEngine();
  });
  beforeEach(() => {
    guest = new Guest(engine);
  });
  const again = (): Guest => {
    guest = new Guest(engine);
    return guest;
  };
  const noteFlags = (flags: number): void => {
    guest.registers.flags = flags;
  };

  test('a fault pushes where it stands and RF, a wish where it goes on; an interrupt gate clears IF', () => {
    noteFlags(open);
    assert.equal(guest.outcome(ud2), '#6');
    assert.deepEqual(guest.words(3), [Place.code, code, one | open | rf]);
    assert.equal(guest.registers.flags & (open | rf), 0);
    again();
    noteFlags(open | nt);
    guest.handle(0x30, gateOf(code, handlerOf(0x30), Rights.trap));
    assert.equal(guest.outcome([0xcd, 0x30]), '#48');
    assert.deepEqual(guest.words(3), [Place.code + 2, code, one | open | nt]);
    assert.equal(guest.registers.flags & (open | nt), open);
  });

  test('a user is interrupted on the stack that the task has for it', () => {
    guest.privilege(3);
    assert.equal(guest.outcome(ud2), '#6');
    assert.deepEqual(guest.words(5), [Place.code, userCode, one | rf, Place.stack, userData]);
    assert.deepEqual(
      [guest.registers.cpl, guest.selector(Segment.ss), guest.registers.stackPointer],
      [0, data, BigInt(Place.innerStack - 20)],
    );
    assert.equal(guest.selector(Segment.ds), userData);
  });

  test('a user who wants it has his alignment checked, where the system allows it', () => {
    // mov eax, [data + 1]
    const read = [0xa1, ...double(Place.data + 1)];
    const checked = (level: 0 | 3, isAllowed: boolean): string => {
      again().privilege(level);
      guest.registers.cr0 |= isAllowed ? 1 << 18 : 0;
      noteFlags(ac);
      return guest.outcome([0xa1, ...double(Place.data), ...read, 0xf1]);
    };
    assert.deepEqual([checked(3, true), checked(3, false), checked(0, true)], ['#17(0)', '#1', '#1']);
  });

  test('users ask for those interrupts alone whose gate lets them', () => {
    guest.privilege(3);
    assert.equal(guest.outcome([0xcd, 0x30]), `#13(${(0x30 * 8 + 2).toString(16)})`);
    assert.equal(guest.word(1), Place.code);
    again().privilege(3);
    guest.handle(0x30, gateOf(code, handlerOf(0x30), Rights.interrupt | dpl(3)));
    assert.equal(guest.outcome([0xcd, 0x30]), '#48');
    again().privilege(3);
    // INT3 is a wish, too; INT1 isn't.
    assert.equal(guest.outcome([0xcc]), '#13(1a)');
    again().privilege(3);
    assert.equal(guest.outcome([0xf1]), '#1');
  });

  test('a gate that is none, is not there, or is behind the table, is named with what was interrupted', () => {
    const idt = (vector: number, external: number): string => (8 * vector + 2 + external).toString(16);
    guest.handle(0x30, 0n);
    assert.equal(guest.outcome([0xcd, 0x30]), `#13(${idt(0x30, 0)})`);
    again().handle(0x30, gateOf(code, 0, 0x0e));
    assert.equal(guest.outcome([0xcd, 0x30]), `#11(${idt(0x30, 0)})`);
    again().processor.state.setUint32(State.idtr + 8, 0x17f, true);
    assert.equal(guest.outcome([0xcd, 0x30]), `#13(${idt(0x30, 0)})`);
    again().handle(6, gateOf(code, 0, 0x0e));
    assert.equal(guest.outcome(ud2), `#11(${idt(6, 1)})`);
    assert.equal(guest.word(1), Place.code);
  });

  test('a gate leads to code of at least as much privilege', () => {
    guest.handle(6, gateOf(userCode, handlerOf(6), Rights.interrupt));
    assert.equal(guest.outcome(ud2), '#13(19)');
    again().handle(6, gateOf(data, handlerOf(6), Rights.interrupt));
    assert.equal(guest.outcome(ud2), '#13(11)');
    again().handle(6, gateOf(0, handlerOf(6), Rights.interrupt));
    assert.equal(guest.outcome(ud2), '#13(1)');
    again().handle(0x30, gateOf(userCode, handlerOf(6), Rights.interrupt));
    assert.equal(guest.outcome([0xcd, 0x30]), '#13(18)');
    again().describe(free, segmentOf(0, 0xffff, 0x409a));
    guest.handle(6, gateOf(free, handlerOf(6), Rights.interrupt));
    assert.equal(guest.outcome(ud2), '#13(1)');
  });

  test('a gate of 16 bits pushes words', () => {
    guest.handle(6, gateOf(code, 0x6000, 0x86));
    guest.ram.write(0x6000, Uint8Array.of(0xf4));
    guest.outcome(ud2);
    assert.equal(guest.registers.stackPointer, BigInt(Place.stack - 6));
    assert.deepEqual([guest.word(0) >>> 16, guest.word(1) & 0xffff], [code, one]);
  });

  test('IRET goes back: to the same stack, or to a user and his', () => {
    guest.ram.write(handlerOf(0x30), Uint8Array.of(0xcf));
    assert.equal(guest.outcome([0xcd, 0x30, ...incEax]), 'halts at 0');
    assert.equal(guest.registers.stackPointer, BigInt(Place.stack));
    again().privilege(3);
    guest.handle(0x30, gateOf(code, handlerOf(0x30), Rights.interrupt | dpl(3)));
    guest.ram.write(handlerOf(0x30), Uint8Array.of(0xcf));
    assert.equal(guest.outcome([0xcd, 0x30, ...ud2]), '#6');
    assert.deepEqual(guest.words(5), [Place.code + 2, userCode, one | rf, Place.stack, userData]);
  });

  const frame = (...values: readonly number[]): readonly number[] => values.flatMap((value) => [0x68, ...double(value)]);
  test('IRET by a user changes neither IF nor IOPL, by the supervisor both', () => {
    assert.equal(guest.outcome([...frame(one | open | iopl, code, Place.code + 16), 0xcf]), 'halts at 0');
    assert.equal(guest.registers.flags, one | open | iopl);
    again().privilege(3);
    // Behind it, INT1 tells the flags.
    assert.equal(guest.outcome([...frame(one | open | iopl | nt, userCode, Place.code + 16), 0xcf, 0xf1]), '#1');
    assert.equal(guest.word(2), one | nt);
  });

  const returns: readonly (readonly [what: string, values: readonly number[], outcome: string])[] = [
    ['nothing', [one, 0, Place.code], '#13(0)'],
    ['data', [one, data, Place.code], '#13(10)'],
    ['a user without a stack', [0, 0, one, userCode, Place.code], '#13(0)'],
    ['a user with the stack of another', [data, 0, one, userCode, Place.code], '#13(10)'],
    ['behind the table', [one, 0x100, Place.code], '#13(100)'],
  ];
  for (const [what, values, outcome] of returns)
    test(`IRET to ${what}: ${outcome}`, () => {
      assert.equal(guest.outcome([...frame(...values), 0xcf]), outcome);
    });

  test('two contributory exceptions are a double fault, a third is the end', () => {
    guest.handle(13, 0n);
    // A load of nothing.
    const fault = [...movAx(0x100), 0x8e, 0xd8];
    assert.equal(guest.outcome(fault), '#8(0)');
    assert.equal(guest.word(1), Place.code + 4);
    again().handle(13, 0n);
    guest.handle(8, 0n);
    assert.equal(guest.outcome(fault), 'shutdown');
    assert.equal(guest.processor.run(10).why, 'shutdown');
  });

  test('a benign exception and one that comes of it are taken one after the other', () => {
    guest.handle(6, gateOf(0x100, 0, Rights.interrupt));
    assert.equal(guest.outcome(ud2), '#13(101)');
  });

  test('an interrupt is no first half of a double fault, whatever its vector', () => {
    guest.handle(14, gateOf(0x100, 0, Rights.interrupt));
    noteFlags(open);
    assert.equal(guest.processor.interrupt(14), true);
    assert.equal(guest.registers.rip, BigInt(handlerOf(13)));
    assert.equal(guest.word(0), 0x101);
  });

  test('handlers without end use up what may run', () => {
    guest.ram.write(handlerOf(6), Uint8Array.from(ud2));
    assert.equal(guest.run(ud2).why, 'budget');
  });

  test('an interrupt is taken where IF lets it, and has no error code', () => {
    assert.equal(guest.processor.interrupt(0x40), false);
    noteFlags(open);
    assert.equal(guest.processor.interrupt(0x40), true);
    assert.equal(guest.registers.rip, BigInt(handlerOf(0x40)));
    assert.deepEqual(guest.words(3), [Place.code, code, one | open]);
    assert.equal(guest.processor.interrupt(0x40), false);
  });

  test('an interrupt wakes a processor that halts', () => {
    assert.equal(guest.run([...sti]).why, 'halt');
    assert.equal(guest.processor.run(10).why, 'halt');
    assert.equal(guest.processor.interrupt(0x40), true);
    assert.equal(guest.processor.run(10).why, 'halt');
    assert.deepEqual([guest.vector, guest.word(0)], [0x40, Place.code + 2]);
  });

  test('who waits for interrupts to be open gets control behind the instruction after STI', () => {
    guest.processor.isAwaited = true;
    assert.equal(guest.run([...incEax, ...sti, ...incEax, ...incEax]).why, 'open');
    assert.equal(guest.registers.rip, BigInt(Place.code + 3));
    // Where IF was set, STI holds nothing back.
    again().processor.isAwaited = true;
    guest.registers.flags = open;
    assert.equal(guest.run(sti).why, 'open');
    assert.equal(guest.registers.rip, BigInt(Place.code));
  });

  test('a load of SS holds interrupts back for one instruction', () => {
    noteFlags(open);
    guest.ram.write(Place.code, Uint8Array.from([...movAx(data), 0x8e, 0xd0, ...incEax, ...incEax]));
    guest.registers.rip = BigInt(Place.code);
    guest.processor.forget();
    guest.processor.run(2);
    assert.equal(guest.processor.interrupt(0x40), false);
    guest.processor.run(1);
    assert.equal(guest.processor.interrupt(0x40), true);
    assert.equal(guest.word(0), Place.code + 7);
  });

  test('an NMI comes whatever IF says, and another one not before IRET', () => {
    guest.ram.write(handlerOf(2), Uint8Array.from([...incEax, 0xf4, 0xcf]));
    guest.processor.nonMaskable();
    assert.equal(guest.run(incEax).why, 'halt');
    assert.equal(guest.word(0), Place.code);
    assert.equal(guest.processor.state.getUint32(State.shadow, true), Shadow.nmi);
    guest.processor.nonMaskable();
    guest.processor.state.setUint32(State.activity, 0, true);
    // Behind IRET the second one: it halts once more within.
    assert.equal(guest.processor.run(10).why, 'halt');
    assert.deepEqual([guest.registers.general(0), guest.word(0)], [2n, Place.code]);
  });

  test('an NMI ends a shutdown', () => {
    guest.handle(13, 0n);
    guest.handle(8, 0n);
    assert.equal(guest.outcome([...movAx(0x100), 0x8e, 0xd8]), 'shutdown');
    guest.processor.nonMaskable();
    assert.equal(guest.processor.run(10).why, 'halt');
    assert.equal(guest.vector, 2);
  });

  test('TF traps behind each instruction, also the one that sets it late or clears it', () => {
    noteFlags(tf);
    assert.equal(guest.outcome([...incEax, ...incEax]), '#1');
    assert.deepEqual(guest.words(3), [Place.code + 1, code, one | tf]);
    assert.equal(guest.processor.state.getUint32(State.dr6, true) & Dr6.bs, Dr6.bs);
    again();
    // push tf; popf; inc eax
    assert.equal(guest.outcome([0x68, ...double(one | tf), 0x9d, ...incEax, ...incEax]), '#1');
    assert.equal(guest.word(0), Place.code + 7);
    again();
    noteFlags(tf);
    assert.equal(guest.outcome([0x9d]), '#1');
    assert.equal(guest.word(0), Place.code + 1);
  });

  test('TF traps behind each step of a string, none behind INT or a load of SS', () => {
    noteFlags(tf);
    guest.registers.setGeneral(1, 3n);
    guest.registers.setGeneral(7, BigInt(Place.data));
    assert.equal(guest.outcome([0xf3, 0xaa]), '#1');
    assert.deepEqual([guest.word(0), guest.registers.general(1)], [Place.code, 2n]);
    again();
    noteFlags(tf);
    assert.equal(guest.outcome([0xcd, 0x30]), '#48');
    again();
    noteFlags(tf);
    guest.registers.setGeneral(0, BigInt(data));
    assert.equal(guest.outcome([0x8e, 0xd0, ...incEax, ...incEax]), '#1');
    assert.equal(guest.word(0), Place.code + 3);
  });

  test('after a reset it begins below 4 GiB in real-address mode', () => {
    guest.processor.reset();
    const { registers } = guest;
    assert.deepEqual(
      [registers.cr0, registers.rip, registers.segment(Segment.cs).base, registers.flags, registers.cpl],
      [0x6000_0010, 0xfff0n, 0xffff_0000n, one, 0],
    );
  });

  suite('in virtual-8086 mode', () => {
    /** Runs code of 16 bits at 0x1000:0, with IOPL. */
    const outcomeOf = (bytes: readonly number[], level: number): string => {
      guest.ram.write(Place.code, Uint8Array.from([...bytes, 0xf4]));
      // A frame for IRET: gs, fs, ds, es, ss, esp, flags, cs, ip; and it is by privilege 0.
      const values = [0x11, 0x22, 0x33, 0x44, 0x50, 0x800, one | vm | (level << 12), Place.code >> 4, 0];
      assert.equal(guest.run([...frame(...values), 0xcf], 0x1_8000).why, 'halt');
      const { vector = -1 } = guest;
      return vector === 13 || vector === 14 ? `#${vector}(${guest.word(0).toString(16)})` : `#${vector}`;
    };

    test('what is interrupted leaves all its segments on the stack of privilege 0', () => {
      assert.equal(outcomeOf(ud2, 0), '#6');
      assert.deepEqual(guest.words(9), [0, Place.code >> 4, one | rf | vm, 0x800, 0x50, 0x44, 0x33, 0x22, 0x11]);
      assert.equal(guest.registers.stackPointer, BigInt(Place.innerStack - 36));
      assert.deepEqual([guest.selector(Segment.ds), guest.selector(Segment.gs), guest.registers.flags & vm], [0, 0, 0]);
    });

    const sensitive = { cli: [0xfa], sti, pushf: [0x9c], popf: [0x9d], int: [0xcd, 0x30], iret: [0xcf] } as const;
    for (const [name, bytes] of Object.entries(sensitive))
      test(`${name} needs IOPL`, () => {
        assert.equal(outcomeOf(bytes, 0), '#13(0)');
      });

    test('INT3 needs none, but a gate', () => {
      assert.equal(outcomeOf([0xcc], 0), '#13(1a)');
      again().handle(3, gateOf(code, handlerOf(3), Rights.interrupt | dpl(3)));
      assert.equal(outcomeOf([0xcc], 0), '#3');
    });

    test('with IOPL 3 all but HLT and system instructions are its own', () => {
      assert.equal(outcomeOf([0xfa, ...sti, 0x9c, 0x9d, 0xf4], 3), '#13(0)');
      assert.equal(guest.word(1), 4);
      again();
      assert.equal(outcomeOf([0x0f, 0x00, 0xc0], 3), '#6');
    });

    test('addresses and far jumps are those of real-address mode', () => {
      guest.ram.write(0x2_1234, Uint8Array.of(0xf4));
      // jmp 0x2123:4
      assert.equal(outcomeOf([0xea, 4, 0, 0x23, 0x21], 0), '#13(0)');
      assert.deepEqual(guest.words(3).slice(1), [4, 0x2123]);
    });

    test('a gate to conforming code or a user leads nowhere', () => {
      guest.describe(free, segmentOf(0, 0xf_ffff, 0xc09e));
      guest.handle(6, gateOf(free, handlerOf(6), Rights.interrupt));
      assert.equal(outcomeOf(ud2, 0), '#13(41)');
    });
  });

  test('an IRET to virtual-8086 mode is for privilege 0 alone', () => {
    guest.privilege(3);
    assert.equal(guest.outcome([...frame(one | vm, userCode, Place.code + 16), 0xcf, ...ud2]), '#6');
    assert.equal(guest.word(2) & vm, 0);
  });
});
