/** Loads of segment registers by handlers, where the table is at hand, and by the processor: they leave the same, and what is usual nobody is asked for. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Eflags, Segment, State } from '../../isa/index.ts';
import { Counter } from '../counts.ts';
import { double, dpl, Guest, movAx, Place, protectedEngine, Rights, Selector, segmentOf } from '../stage/guest.ts';
import { LongGuest } from '../stage/long-guest.ts';
import { dice, leftOf, pick, shown, watch } from '../stage/watched.ts';

const engine = protectedEngine();
const { code, data, userData, free } = Selector;

interface Case {
  readonly segment: Segment;
  readonly selector: number;
  readonly free: bigint;
  readonly level: 0 | 3;
  readonly limit: number;
  /** Limit of DS before. */
  readonly end: number;
  readonly isPopped: boolean;
}

const usual: Case = {
  ...{ segment: Segment.ds, selector: data, free: segmentOf(0, 0xf_ffff, Rights.data), level: 0, limit: 0xff },
  ...{ end: 0xffff_ffff, isPopped: false },
};

/** mov eax, [gdt]; the load, twice: the table is at hand for the second one at least; what shows whether code still means the same. */
const codeOf = ({ segment, selector, isPopped }: Case): readonly number[] => {
  const pops: Readonly<Record<Segment, readonly number[]>> = {
    ...{ [Segment.es]: [0x07], [Segment.cs]: [], [Segment.ss]: [0x17], [Segment.ds]: [0x1f], [Segment.fs]: [0x0f, 0xa1] },
    [Segment.gs]: [0x0f, 0xa9],
  };
  const one = isPopped ? [0x68, ...double(selector), ...pops[segment]] : [...movAx(selector), 0x8e, 0xc0 | (segment << 3)];
  // mov eax, ds:[0x3000]; mov eax, fs:[0x3000]; each a fault of its own
  return [0xa1, ...double(Place.gdt), ...one, ...one, 0xa1, ...double(Place.ldt), 0x64, 0xa1, ...double(Place.ldt)];
};

const begun = (one: Case, owner: ConstructorParameters<typeof Guest>[2] = {}): Guest => {
  const guest = new Guest(engine, undefined, owner);
  guest.privilege(one.level);
  guest.describe(free, one.free);
  guest.processor.state.setUint32(State.gdtr + 8, one.limit, true);
  guest.registers.setSegment(Segment.ds, { ...guest.registers.segment(Segment.ds), limit: one.end });
  return guest;
};

const leaves = (one: Case, isWatched: boolean): ReturnType<typeof leftOf> & { readonly outcome: string } => {
  const guest = begun(one);
  if (isWatched) watch(guest);
  const left = { outcome: guest.outcome(codeOf(one)), ...leftOf(guest) };
  guest.leave();
  return left;
};

const askedBy = (one: Case): number => {
  const counter = new Counter();
  begun(one, { counter }).run(codeOf(one));
  return counter.counted.asked['loadSegment'] ?? 0;
};

const caseOf = (roll: (sides: number) => number): Case => ({
  segment: pick(roll, Segment.es, Segment.ss, Segment.ds, Segment.fs, Segment.gs),
  selector: pick(roll, free, free, free, free | 3, 0, 3, data, userData, code, free | 4, 0xf8),
  free: segmentOf(
    pick(roll, 0, 0, 0x1234),
    pick(roll, 0xf_ffff, 0xf_ffff, 0x10),
    pick(roll, 0xc093, 0xc093, 0xc092, 0xc091, 0xc097, 0x4093, 0x8093, 0xc013, 0xc09b, 0xc09f, 0x0082) | dpl(pick(roll, 0, 3)),
  ),
  level: pick(roll, 0, 3),
  limit: pick(roll, 0xff, 0xff, free + 7, free + 6),
  end: pick(roll, 0xffff_ffff, 0xffff_ffff, 0x1_0fff),
  isPopped: roll(2) === 0,
});

suite('loads of segments', () => {
  test('they leave the same, whoever does them', () => {
    const roll = dice(5);
    const met = new Set<string>();
    for (let count = 0; count < 250; count++) {
      const one = caseOf(roll);
      const quick = leaves(one, false);
      assert.deepEqual(quick, leaves(one, true), shown(one));
      met.add(quick.outcome);
    }
    assert.ok(met.size > 5);
  });

  const fs = { segment: Segment.fs, selector: free };
  const quick: readonly (readonly [what: string, change: Partial<Case>])[] = [
    ['flat data in DS', {}],
    ['flat data in ES, popped', { segment: Segment.es, isPopped: true }],
    ['data of a user', { selector: userData }],
    ['data at a base in FS', { ...fs, free: segmentOf(0x1234, 0x10, 0x4093) }],
    ['data that isn’t written in FS', { ...fs, free: segmentOf(0, 0xf_ffff, 0xc091) }],
    ['nothing in GS', { segment: Segment.gs, selector: 0 }],
    ['nothing in FS, popped', { segment: Segment.fs, selector: 3, isPopped: true }],
    ['data in FS, where DS has an end', { ...fs, end: 0x1_0fff }],
  ];
  for (const [what, change] of quick) test(`${what}: nobody is asked`, () => assert.equal(askedBy({ ...usual, ...change }), 0));

  const asked: readonly (readonly [what: string, change: Partial<Case>])[] = [
    ['a stack', { segment: Segment.ss }],
    ['nothing in DS', { selector: 0 }],
    ['data with an end in DS', { selector: free, free: segmentOf(0, 0xf_ffff, 0x4093) }],
    ['data at a base in DS', { selector: free, free: segmentOf(4096, 0xf_ffff, Rights.data) }],
    ['data that isn’t written in DS', { selector: free, free: segmentOf(0, 0xf_ffff, 0xc091) }],
    ['data that was never used', { ...fs, free: segmentOf(0, 0xf_ffff, 0xc092) }],
    ['code', { ...fs, free: segmentOf(0, 0xf_ffff, 0xc09b) }],
    ['flat data where DS had an end', { end: 0x1_0fff }],
  ];
  for (const [what, change] of asked) test(`${what} is asked for`, () => assert.ok(askedBy({ ...usual, ...change }) > 0));

  const refused: readonly (readonly [what: string, change: Partial<Case>])[] = [
    ['a supervisor’s data, for a user', { ...fs, level: 3 }],
    ['data asked for with less privilege than it has', { ...fs, selector: free | 3 }],
    ['what isn’t there', { ...fs, free: segmentOf(0, 0xf_ffff, 0xc013) }],
    ['a local segment, where there are none', { ...fs, selector: free | 4 }],
    ['what is behind the end of the table', { ...fs, limit: free + 6 }],
  ];
  for (const [what, change] of refused)
    test(`${what} is asked for, and refused`, () => {
      const one = { ...usual, ...change };
      assert.equal(askedBy(one), 1);
      assert.match(begun(one).outcome(codeOf(one)), /^#1[13]/);
    });

  test('virtual-8086 mode has its segments of its own', () => {
    const guest = begun({ ...usual, level: 3 });
    guest.processor.state.setUint32(State.flags, Eflags.one | Eflags.vm | Eflags.iopl, true);
    guest.registers.setSegment(Segment.cs, { selector: 0x1000, base: 0x1_0000n, limit: 0xffff, rights: 0xf3 });
    // mov ax, 0x40; mov fs, ax; jmp $
    guest.ram.write(Place.code, Uint8Array.of(0xb8, free, 0, 0x8e, 0xe0, 0xeb, 0xfe));
    guest.registers.rip = 0n;
    guest.processor.run(10);
    const { selector, base } = guest.registers.segment(Segment.fs);
    assert.deepEqual([selector, base], [free, BigInt(16 * free)]);
  });

  test('64-bit code has FS and GS loaded by handlers, and DS by the processor', () => {
    const load = (segment: Segment): readonly number[] => [0x8e, 0xc0 | (segment << 3)];
    const run = (segment: Segment): readonly [number, string, unknown] => {
      const counter = new Counter();
      const guest = new LongGuest(engine, { counter });
      guest.describe(free, segmentOf(0x8765_4321 | 0, 0x123, 0x4093));
      const { why } = guest.run([0x48, 0x8b, 0x04, 0x25, ...double(Place.gdt), ...movAx(free), ...load(segment), ...load(segment)]);
      return [counter.counted.asked['loadSegment'] ?? 0, why, guest.registers.segment(segment)];
    };
    const loaded = { selector: free, base: 0x8765_4321n, limit: 0x123, rights: 0x4093 };
    assert.deepEqual(run(Segment.fs), [0, 'halt', loaded]);
    assert.deepEqual(run(Segment.ds), [2, 'halt', loaded]);
  });
});
