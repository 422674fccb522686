/** IRETQ by handlers, where tables and stack are at hand, and by the processor, where each access is watched: they leave the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Eflags, Segment, SegmentPart, State, segmentPlace } from '../../isa/index.ts';
import { double, dpl, Place, protectedEngine, Rights, Selector, segmentOf } from '../stage/guest.ts';
import { compatible, LongGuest, longCode } from '../stage/long-guest.ts';
import { dice, leftOf, pick, shown, watch } from '../stage/watched.ts';

const farther = Place.code + 0x800;
const { code, data, userCode, userData, free } = Selector;
const engine = protectedEngine();

interface Case {
  readonly frame: readonly bigint[];
  readonly free: bigint;
  readonly flags: number;
  readonly limit: number;
  readonly hidden: { readonly segment: Segment; readonly rights: number; readonly selector: number };
}

const caseOf = (roll: (sides: number) => number): Case => {
  const isUser = roll(2) === 0;
  const odd = [free, free | 3, 0, 1, 3, data, userData, code | 3, userCode & ~3, compatible, userCode | 4, 0xf8];
  const flags = pick(
    roll,
    Eflags.one,
    Eflags.one | Eflags.if,
    Eflags.one | Eflags.ac | Eflags.zf,
    Eflags.tf,
    Eflags.rf | Eflags.cf,
    0xffff_ffff,
  );
  const kinds = [
    longCode,
    longCode & ~1,
    longCode | 4,
    longCode & ~0x80,
    0xe09b,
    Rights.code,
    Rights.data,
    Rights.data & ~2,
    0x40f2,
    0x8092,
  ];
  return {
    frame: [
      pick(roll, BigInt(farther), BigInt(farther), BigInt(farther), 1n << 47n),
      BigInt(roll(4) > 0 ? (isUser ? userCode : code) : pick(roll, ...odd)),
      BigInt(flags),
      pick(roll, BigInt(Place.stack - 64), BigInt(Place.stack - 64), 1n << 48n),
      BigInt(roll(4) > 0 ? (isUser ? userData : pick(roll, data, 0)) : pick(roll, ...odd)),
    ],
    free: segmentOf(roll(4) << 12, pick(roll, 0xf_ffff, 0x12, 0), pick(roll, ...kinds) | dpl(pick(roll, 0, 0, 3))),
    flags: pick(roll, Eflags.one, Eflags.one, Eflags.one | Eflags.cf | Eflags.df, Eflags.one | Eflags.nt, Eflags.one | Eflags.ac),
    limit: pick(roll, 0xff, 0xff, 0xff, Selector.code + 7, Selector.code + 6),
    hidden: { segment: pick(roll, Segment.es, Segment.gs), rights: pick(roll, 0, 0x93, 0xf3, 0x9f), selector: pick(roll, 0, 3, data) },
  };
};

/** What is left of one, by handlers or by the processor alone. */
const leaves = (one: Case, isWatched: boolean): ReturnType<typeof leftOf> & { readonly why: string } => {
  const guest = new LongGuest(engine);
  const { processor, ram, registers } = guest;
  const { state } = processor;
  guest.describe(free, one.free);
  for (const segment of [Segment.es, Segment.ds, Segment.fs, Segment.gs])
    registers.setSegment(segment, { selector: 0, base: 0n, limit: 0, rights: 0 });
  const place = segmentPlace(one.hidden.segment);
  state.setUint32(place + SegmentPart.rights, one.hidden.rights, true);
  state.setUint32(place + SegmentPart.selector, one.hidden.selector, true);
  state.setUint32(State.gdtr + 8, one.limit, true);
  const top = Place.stack - 40;
  for (const [at, value] of one.frame.entries()) ram.write64(top + 8 * at, BigInt.asUintN(64, value));
  registers.setGeneral(4, BigInt(top));
  ram.write(farther, Uint8Array.of(0xf4));
  if (isWatched) watch(guest);
  state.setUint32(State.flags, one.flags, true);
  state.setUint32(State.shadow, 4, true);
  // mov rax, [gdt]; mov rax, [rsp]
  const exit = guest.run([0x48, 0x8b, 0x04, 0x25, ...double(Place.gdt), 0x48, 0x8b, 0x04, 0x24, 0x48, 0xcf]);
  const left = { why: exit.why, ...leftOf(guest) };
  guest.leave();
  return left;
};

test('IRETQ leaves the same, whoever does it', () => {
  const roll = dice(7);
  const met = new Set<unknown>();
  for (let count = 0; count < 60; count++) {
    const one = caseOf(roll);
    const quick = leaves(one, false);
    assert.deepEqual(quick, leaves(one, true), shown(one));
    met.add(quick.left['rip']);
  }
  assert.ok(met.has(BigInt(farther + 1)) && met.size > 3);
});
