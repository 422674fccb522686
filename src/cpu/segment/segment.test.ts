/** Segment registers in protected mode, by the manual's pseudo-code: what the host's kernel never lets a program see is here. */
import assert from 'node:assert/strict';
import { before, beforeEach, suite, test } from 'node:test';
import { Segment, State } from '../../isa/index.ts';
import type { Engine } from '../engine.ts';
import { dpl, Guest, movAx, Place, protectedEngine, Rights, Selector, segmentOf } from '../stage/guest.ts';

const { free } = Selector;
const movDs = [0x8e, 0xd8];
const movSs = [0x8e, 0xd0];
const movFs = [0x8e, 0xe0];
/** mov eax, [0x30000 + offset] and mov [0x30000 + offset], eax; the same with an offset of a segment. */
const load = (offset: number, ...prefixes: readonly number[]): readonly number[] => [...prefixes, 0xa1, ...bytes(offset)];
const store = (offset: number, ...prefixes: readonly number[]): readonly number[] => [...prefixes, 0xa3, ...bytes(offset)];
const bytes = (offset: number): readonly number[] => [0, 8, 16, 24].map((by) => (offset >>> by) & 255);

suite('segments', () => {
  let engine: Engine;
  let guest: Guest;
  before(() => {
    engine = protectedEngine();
  });
  beforeEach(() => {
    guest = new Guest(engine);
  });
  const present = 0x80;
  const data = (rights: number, base: number = Place.data, limit = 0xfff): bigint =>
    segmentOf(base, limit, 0x4000 | present | 0x10 | rights);

  const loads: readonly (readonly [what: string, rights: number, selector: number, code: readonly number[], outcome: string])[] = [
    ['data', 2, free, movDs, 'halts at 0'],
    ['data of a user', 2 | dpl(3), free, movDs, 'halts at 0'],
    ['data asked for at less privilege than it has', 2, free | 1, movDs, '#13(40)'],
    ['code that may be read', 0xa, free, movDs, 'halts at 0'],
    ['code that may not be read', 0x8, free, movDs, '#13(40)'],
    ['conforming code of any privilege', 0xe, free | 3, movDs, 'halts at 0'],
    ['data as a stack', 2, free, movSs, 'halts at 0'],
    ['data that is not written, as a stack', 0, free, movSs, '#13(40)'],
    ['code as a stack', 0xa, free, movSs, '#13(40)'],
    ['a stack of less privilege', 2 | dpl(3), free, movSs, '#13(40)'],
    ['a stack asked for at less privilege', 2, free | 3, movSs, '#13(40)'],
  ];
  for (const [what, rights, selector, code, outcome] of loads)
    test(`${what}: ${outcome}`, () => {
      guest.describe(free, data(rights));
      assert.equal(guest.outcome([...movAx(selector), ...code]), outcome);
    });

  test('what is not there is #NP, and #SS of a stack', () => {
    guest.describe(free, segmentOf(0, 0xfff, 0x4012));
    assert.equal(guest.outcome([...movAx(free), ...movDs]), '#11(40)');
    assert.equal(guest.outcome([...movAx(free), ...movSs]), '#12(40)');
  });

  test('systems have descriptors that no data register takes', () => {
    assert.equal(guest.outcome([...movAx(Selector.task), ...movDs]), '#13(28)');
  });

  test('beyond its table, and in a local table where there is none, is no descriptor', () => {
    assert.equal(guest.outcome([...movAx(0x100), ...movDs]), '#13(100)');
    assert.equal(guest.outcome([...movAx(4), ...movDs]), '#13(4)');
  });

  test('a null selector is loaded, and then faults where it is used; never as a stack', () => {
    assert.equal(guest.outcome([...movAx(3), ...movDs, ...store(Place.data)]), '#13(0)');
    assert.equal(guest.selector(Segment.ds), 3);
    guest = new Guest(engine);
    assert.equal(guest.outcome([...movAx(0), ...movSs]), '#13(0)');
  });

  test('what is loaded is marked as accessed, once its page is writable', () => {
    guest.describe(free, data(2));
    guest.outcome([...movAx(free), ...movDs]);
    assert.equal(guest.described(free), data(3));
  });

  test('a user reaches neither data of more privilege nor a selector that is a privilege of its own', () => {
    guest.describe(free, data(2 | dpl(1)));
    guest.privilege(3);
    assert.equal(guest.outcome([...movAx(free | 3), ...movDs]), '#13(40)');
  });

  test('offsets go as far as the limit', () => {
    guest.describe(free, data(2));
    guest.ram.write32(Place.data + 0xffc, 0x1234_5678);
    assert.equal(guest.outcome([...movAx(free), ...movDs, ...load(0xffc)]), 'halts at 0');
    assert.equal(guest.registers.general(0), 0x1234_5678n);
    assert.equal(guest.outcome([...movAx(free), ...movDs, ...load(0xffd)]), '#13(0)');
    assert.equal(guest.outcome([...movAx(free), ...movDs, ...load(0xffff_fffe)]), '#13(0)');
  });

  test('a limit may count pages', () => {
    guest.describe(free, segmentOf(Place.data, 0, 0xc092));
    assert.equal(guest.outcome([...movAx(free), ...movDs, ...load(0xffc)]), 'halts at 0');
    assert.equal(guest.outcome([...movAx(free), ...movDs, ...load(0x1000)]), '#13(0)');
  });

  test('data that expands downwards begins behind its limit, and ends at 64 KiB or 4 GiB', () => {
    const outcomes = (): readonly string[] =>
      [0xffc, 0x1000, 0xfffc, 0xfffd, 0x1_0000].map((offset) => {
        guest = new Guest(engine);
        guest.describe(free, data(6, 0));
        guest.describe(free + 8, segmentOf(0, 0xfff, 0x96));
        return [free, free + 8].map((selector) => guest.outcome([...movAx(selector), ...movDs, ...load(offset)])).join(' ');
      });
    assert.deepEqual(outcomes(), [
      '#13(0) #13(0)',
      'halts at 0 halts at 0',
      'halts at 0 halts at 0',
      'halts at 0 #13(0)',
      'halts at 0 #13(0)',
    ]);
  });

  test('the stack segment faults by #SS', () => {
    guest.describe(free, data(2));
    // mov eax, [ebp + 0x1000]
    assert.equal(guest.outcome([...movAx(free), ...movSs, 0xbc, ...bytes(0x800), 0x31, 0xed, 0x8b, 0x85, ...bytes(0x1000)]), '#12(0)');
  });

  test('only data that may be written is written, only code that may be read is read', () => {
    guest.describe(free, data(0));
    assert.equal(guest.outcome([...movAx(free), ...movDs, ...load(0)]), 'halts at 0');
    assert.equal(guest.outcome([...movAx(free), ...movDs, ...store(0)]), '#13(0)');
    guest.describe(free, data(0xa));
    assert.equal(guest.outcome([...movAx(free), ...movDs, ...store(0)]), '#13(0)');
  });

  test('code is never written through CS, flat as it is', () => {
    assert.equal(guest.outcome(load(Place.data, 0x2e)), 'halts at 0');
    assert.equal(guest.outcome(store(Place.data, 0x2e)), '#13(0)');
  });

  test('FS has a base of its own where the others are flat', () => {
    guest.describe(free, data(2));
    guest.ram.write32(Place.data + 8, 77);
    assert.equal(guest.outcome([...movAx(free), ...movFs, ...load(8, 0x64)]), 'halts at 0');
    assert.equal(guest.registers.general(0), 77n);
    assert.equal(guest.outcome([...movAx(free), ...movFs, ...load(0x1000, 0x64)]), '#13(0)');
  });

  test('code ends with its segment, within an instruction, too', () => {
    guest.describe(free, segmentOf(0, Place.code + 0x21, 0x409a));
    // jmp far 0x40:code + 0x20; there inc eax, then mov al, 1 of which a byte is behind the limit.
    guest.ram.write(Place.code + 0x20, Uint8Array.of(0x40, 0xb0, 1));
    assert.equal(guest.outcome([0xea, ...bytes(Place.code + 0x20), free, 0]), '#13(0)');
    assert.deepEqual(guest.words(3), [0, Place.code + 0x21, free]);
  });

  test('LLDT brings a local table, LTR a task that is busy then', () => {
    const lldt = [0x0f, 0x00, 0xd0];
    const ltr = [0x0f, 0x00, 0xd8];
    guest.describe(free, segmentOf(Place.ldt, 0xf, 0x82));
    guest.describe(0xc, data(2));
    assert.equal(guest.outcome([...movAx(free), ...lldt, ...movAx(0xc), ...movDs]), 'halts at 0');
    assert.equal(guest.outcome([...movAx(0x14), ...movDs]), '#13(14)');
    guest.describe(free, segmentOf(Place.other, 0x67, Rights.task));
    assert.equal(guest.outcome([...movAx(free), ...ltr]), 'halts at 0');
    assert.equal(guest.described(free), segmentOf(Place.other, 0x67, Rights.task | 2));
    assert.equal(guest.outcome([...movAx(free), ...ltr]), '#13(40)');
    assert.equal(guest.outcome([...movAx(Selector.data), ...lldt]), '#13(10)');
    guest = new Guest(engine);
    guest.privilege(3);
    assert.equal(guest.outcome([...movAx(free), ...lldt]), '#13(0)');
  });

  test('tables are loaded by the supervisor, and stored for all', () => {
    const at = bytes(Place.data);
    const [lgdt, sgdt] = [
      [0x0f, 0x01, 0x15, ...at],
      [0x0f, 0x01, 0x05, ...at],
    ];
    guest.ram.write(Place.data, Uint8Array.of(0x7f, 0, 0x00, 0x10, 0, 0));
    assert.equal(guest.outcome(lgdt), 'halts at 0');
    assert.equal(guest.processor.state.getUint32(State.gdtr + 8, true), 0x7f);
    guest.privilege(3);
    guest.ram.write(Place.data, new Uint8Array(8).fill(0xff));
    assert.equal(guest.outcome([...sgdt, 0xf4]), '#13(0)');
    assert.equal(guest.ram.read64(Place.data), 0xffff_0000_1000_007fn);
    guest.privilege(3);
    assert.equal(guest.outcome(lgdt), '#13(0)');
    assert.equal(guest.outcome([0xf1]), '#1');
  });

  /** Runs LAR, LSL, VERR or VERW of a selector: what the register has then, if ZF is set. */
  const asked = (code: readonly number[], selector: number): number | undefined => {
    assert.equal(guest.outcome([0xb9, ...bytes(0), ...movAx(selector), ...code]), 'halts at 0');
    return (guest.registers.flags & 0x40) === 0 ? undefined : Number(guest.registers.general(1));
  };
  const [lar, lsl, verr, verw] = [
    [0x0f, 0x02, 0xc8],
    [0x0f, 0x03, 0xc8],
    [0x0f, 0x00, 0xe0],
    [0x0f, 0x00, 0xe8],
  ] as const;

  test('programs may ask what a descriptor says, as far as it concerns them', () => {
    assert.equal(asked(lar, Selector.code), 0xcf9b00);
    assert.equal(asked(lsl, Selector.code), 0xffff_ffff);
    assert.equal(asked(lar, Selector.task), 0x8b00);
    assert.equal(asked(lsl, Selector.task), 0x67);
    assert.equal(asked(verr, Selector.code), 0);
    assert.equal(asked(verw, Selector.code), undefined);
    assert.equal(asked(verw, Selector.data), 0);
    assert.equal(asked(verw, Selector.data | 1), undefined);
    assert.equal(asked(lar, 0), undefined);
    assert.equal(asked(lar, 0x200), undefined);
    guest.describe(free, (0x8en << 40n) | 0x8_0000n);
    assert.equal(asked(lar, free), undefined);
    guest.describe(free, (0x8cn << 40n) | 0x8_0000n);
    assert.equal(asked(lar, free), 0x8c00);
    assert.equal(asked(lsl, free), undefined);
  });

  test('ARPL lowers privilege to that of who asks', () => {
    // mov dx, 3; arpl ax, dx
    const arpl = [0x66, 0xba, 3, 0, 0x63, 0xd0];
    assert.equal(guest.outcome([...movAx(0x41), ...arpl]), 'halts at 0');
    assert.deepEqual([guest.registers.general(0) & 0xffffn, guest.registers.flags & 0x40], [0x43n, 0x40]);
    assert.equal(guest.outcome([...movAx(0x43), ...arpl]), 'halts at 0');
    assert.deepEqual([guest.registers.general(0) & 0xffffn, guest.registers.flags & 0x40], [0x43n, 0]);
  });
});
