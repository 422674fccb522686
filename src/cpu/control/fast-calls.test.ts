/** SYSENTER and SYSEXIT of 32 bits by handlers, where segments begin at 0 and end nowhere, and by the processor, where one has an end: they leave the same. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Eflags, Segment, State } from '../../isa/index.ts';
import { Counter } from '../counts.ts';
import { Guest, Place, protectedEngine, Selector } from '../stage/guest.ts';
import { leftOf } from '../stage/watched.ts';

const engine = protectedEngine();
const farther = Place.code + 0x800;

interface Case {
  readonly level: 0 | 3;
  readonly opcode: 0x34 | 0x35;
  readonly selector: number;
  readonly flags: number;
  /** Limit of ES. */
  readonly end: number;
}

const enter: Case = { level: 3, opcode: 0x34, selector: Selector.code | 3, flags: Eflags.if | Eflags.cf | Eflags.nt, end: 0xffff_ffff };
const exit: Case = { ...enter, level: 0, opcode: 0x35, flags: Eflags.if | Eflags.zf };

const begun = ({ level, selector, flags, end }: Case, owner: ConstructorParameters<typeof Guest>[2] = {}): Guest => {
  const guest = new Guest(engine, undefined, owner);
  const { registers, processor, ram } = guest;
  const { state } = processor;
  guest.privilege(level);
  state.setBigUint64(State.sysenterCs, BigInt(selector), true);
  state.setBigUint64(State.sysenterEsp, BigInt(Place.innerStack), true);
  state.setBigUint64(State.sysenterEip, BigInt(farther), true);
  registers.setGeneral(1, BigInt(Place.stack + 64));
  registers.setGeneral(2, BigInt(farther));
  registers.setSegment(Segment.es, { ...registers.segment(Segment.es), limit: end });
  registers.flags = flags;
  // jmp $
  ram.write(farther, Uint8Array.of(0xeb, 0xfe));
  return guest;
};

const run = (guest: Guest, { opcode }: Case): number => {
  guest.ram.write(Place.code, Uint8Array.of(0x0f, opcode));
  guest.processor.forget();
  guest.processor.run(10);
  return Number(guest.registers.rip);
};

const askedBy = (one: Case): number => {
  const counter = new Counter();
  run(begun(one, { counter }), one);
  const { asked } = counter.counted;
  return (asked['enterByStack'] ?? 0) + (asked['exitToCaller'] ?? 0);
};

/** All but ES. */
const leaves = (one: Case): unknown => {
  const guest = begun(one);
  run(guest, one);
  guest.registers.setSegment(Segment.es, { selector: 0, base: 0n, limit: 0, rights: 0 });
  return leftOf(guest);
};

suite('SYSENTER and SYSEXIT', () => {
  for (const [name, one] of Object.entries({ enter, exit })) {
    test(`SYS${name.toUpperCase()} leaves the same, whoever does it, and nobody is asked for what is usual`, () => {
      const ended = { ...one, end: 0xf_ffff };
      assert.deepEqual([askedBy(one), askedBy(ended)], [0, 1]);
      assert.deepEqual(leaves(one), leaves(ended));
      assert.equal(run(begun(one), one), farther);
    });

    test(`SYS${name.toUpperCase()} without a selector is asked for, and refused`, () => {
      const none = { ...one, selector: 3 };
      assert.equal(askedBy(none), 1);
      assert.equal(begun(none).outcome([0x0f, one.opcode]), '#13(0)');
    });

    test(`SYS${name.toUpperCase()} that is trapped is asked for`, () => {
      assert.equal(askedBy({ ...one, flags: one.flags | Eflags.tf }), 1);
    });
  }

  test('SYSENTER sets segments, closes interrupts and leaves other flags alone', () => {
    const guest = begun(enter);
    run(guest, enter);
    const { registers } = guest;
    const all = { base: 0n, limit: 0xffff_ffff };
    assert.deepEqual(registers.segment(Segment.cs), { ...all, selector: Selector.code, rights: 0xc09b });
    assert.deepEqual(registers.segment(Segment.ss), { ...all, selector: Selector.data, rights: 0xc093 });
    assert.deepEqual([registers.cpl, registers.stackPointer], [0, BigInt(Place.innerStack)]);
    assert.equal(registers.flags, Eflags.one | Eflags.cf | Eflags.nt);
  });

  test('SYSEXIT leads to a user, and is refused to one', () => {
    const guest = begun(exit);
    run(guest, exit);
    const { registers } = guest;
    assert.deepEqual([registers.cpl, registers.stackPointer], [3, BigInt(Place.stack + 64)]);
    assert.deepEqual([guest.selector(Segment.cs), guest.selector(Segment.ss)], [(Selector.code + 16) | 3, (Selector.code + 24) | 3]);
    assert.equal(begun({ ...exit, level: 3 }).outcome([0x0f, 0x35]), '#13(0)');
  });
});
