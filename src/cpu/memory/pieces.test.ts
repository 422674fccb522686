/** Strings that go to registers of devices and come from there: many at once where the device takes them so, and as if it were one by one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Eflags, families, Segment, SegmentPart, State, segmentPlace } from '../../isa/index.ts';
import { setFlat } from '../code/mode.ts';
import { Counter } from '../counts.ts';
import { Processor } from '../processor.ts';
import { engineOfRows } from '../stage/engine.ts';
import { Ram } from './ram.ts';
import type { Window } from './window.ts';

const engine = engineOfRows(families.string);
const Place = { code: 0x1000, from: 0x4000, window: 0xa_0000 } as const;
const windowBytes = 0x4000;
const [rep, wide, stosb, stos, movsb, movs] = [0xf3, 0x66, 0xaa, 0xab, 0xa4, 0xa5] as const;
const Register = { ax: 0, cx: 1, si: 6, di: 7 } as const;

interface Case {
  readonly code: readonly number[];
  readonly ax?: number;
  readonly cx: number;
  readonly si?: number;
  readonly di: number;
  /** Bases of segments; 0 where it isn't said. */
  readonly ds?: number;
  readonly es?: number;
  readonly limit?: number;
  readonly isDown?: boolean;
  readonly isFlat?: boolean;
}

/** A processor at registers that remember what they are given, and what was given last to any of them: what is read has that in it. */
const stage = (isPiecewise: boolean, { code, ax = 0, cx, si = 0, di, ds = 0, es = 0, limit, isDown, isFlat }: Case) => {
  const ram = new Ram([
    { at: 0, bytes: Place.window, isWritable: true },
    { at: 0x10_0000, bytes: 0x10_0000, isWritable: true },
  ]);
  const held = new Uint8Array(windowBytes);
  let [last, calls] = [0, 0];
  const readOne = (at: number): number => {
    last = (last + (held[at] ?? 0)) & 0xff;
    return last;
  };
  const writeOne = (at: number, byte: number): void => {
    held[at] = byte ^ last;
    last = byte;
  };
  const singly: Window = {
    has: (physical) => physical >= Place.window && physical < Place.window + windowBytes,
    read: (physical, bytes) => {
      calls++;
      return Uint8Array.from({ length: bytes }, (_, at) => readOne(physical - Place.window + at));
    },
    write: (physical, bytes) => {
      calls++;
      for (const [at, byte] of bytes.entries()) writeOne(physical - Place.window + at, byte);
    },
  };
  const space: Window = {
    ...singly,
    ...(isPiecewise && {
      hasPiece: (physical, bytes) => physical >= Place.window && physical + bytes <= Place.window + windowBytes,
      readPiece: (physical, into) => {
        for (let at = 0; at < into.length; at++) into[at] = readOne(physical - Place.window + at);
      },
      writePiece: (physical, bytes) => {
        for (const [at, byte] of bytes.entries()) writeOne(physical - Place.window + at, byte);
      },
    }),
  };
  const counter = new Counter();
  const processor = new Processor(ram, engine, undefined, { space, counter });
  const { state } = processor;
  if (isFlat === true) {
    state.setBigUint64(State.cr0, 1n, true);
    setFlat(state, 32);
  }
  for (const [segment, base] of [
    [Segment.cs, 0],
    [Segment.ds, ds],
    [Segment.es, es],
  ] as const) {
    state.setBigUint64(segmentPlace(segment) + SegmentPart.base, BigInt(base), true);
    if (limit !== undefined && segment === Segment.es) state.setUint32(segmentPlace(segment) + SegmentPart.limit, limit, true);
  }
  state.setUint32(State.flags, isDown === true ? Eflags.df : 0, true);
  for (const [register, value] of Object.entries({ ax, cx, si, di }))
    state.setBigUint64(State.gpr + 8 * Register[register as keyof typeof Register], BigInt(value), true);
  state.setBigUint64(State.rip, BigInt(Place.code), true);
  ram.write(Place.code, Uint8Array.from([...code, ...code]));
  for (let at = 0; at < 0x4000; at++) ram.bytes[ram.begin + Place.from + at] = (at * 7 + (at >> 8)) & 0xff;
  processor.forget();
  const seen = () => ({
    instructions: processor.instructions,
    rip: processor.rip,
    registers: Object.values(Register).map((register) => state.getBigUint64(State.gpr + 8 * register, true)),
    held: held.toHex(),
    memory: ram.bytes.slice(ram.begin, ram.begin + 0x1_0000).toHex(),
  });
  return {
    run: (count: number) => processor.run(count),
    seen,
    asked: () => counter.counted.asked,
    get calls() {
      return calls;
    },
  };
};

const real: Readonly<Record<string, Case>> = {
  'text is cleared in words': { code: [rep, stos], ax: 0x0720, cx: 1000, di: 0x12, es: Place.window },
  'and in bytes, to the end of a page and beyond': { code: [rep, stosb], ax: 0x55, cx: 700, di: 0xe80, es: Place.window },
  'in doublewords, at an odd address': { code: [wide, rep, stos], ax: 0x1234_5678, cx: 600, di: 0xfd, es: Place.window },
  'a font is copied': { code: [rep, movsb], cx: 16, si: 0x40, di: 0x20, ds: Place.from, es: Place.window },
  'an element over the end of a page': { code: [rep, movs], cx: 900, si: 0x41, di: 0xf01, ds: Place.from, es: Place.window },
  'memory is filled from there': { code: [rep, movs], cx: 900, si: 3, di: 0x900, ds: Place.window, es: 0x8000 },
  'text scrolls': { code: [rep, movs], cx: 900, si: 160, di: 0, ds: Place.window, es: Place.window },
  'downwards it is one by one': { code: [rep, movs], cx: 300, si: 0x700, di: 0x800, ds: Place.from, es: Place.window, isDown: true },
  'the segment ends in its midst': { code: [rep, stos], ax: 0x4142, cx: 900, di: 0, es: Place.window, limit: 0x3ff },
  'offsets wrap': { code: [rep, stos], ax: 0x4142, cx: 900, di: 0xfff0, es: Place.window - 0xf000 },
  'over what is code': { code: [rep, movs], cx: 900, si: 0, di: 0, ds: Place.window, es: Place.code - 0x80 },
};

for (const [name, one] of Object.entries(real))
  test(`pieces are as single elements are, also in the count of instructions: ${name}`, () => {
    const [pieces, single] = [stage(true, one), stage(false, one)];
    for (let at = 0; at < 6; at++) {
      assert.deepEqual(pieces.run(1), single.run(1));
      assert.deepEqual(pieces.seen(), single.seen());
    }
  });

test('so they are in flat memory', () => {
  const flat = { cx: 9000, isFlat: true } as const;
  for (const one of [
    { ...flat, code: [rep, stosb], ax: 0x20, di: Place.window + 5 },
    { ...flat, code: [rep, movs], si: Place.from, di: Place.window, cx: 3000 },
    { ...flat, code: [rep, movs], si: Place.window + 1, di: 0x8000, cx: 3000 },
  ]) {
    const [pieces, single] = [stage(true, one), stage(false, one)];
    for (let at = 0; at < 4; at++) {
      pieces.run(1);
      single.run(1);
      assert.deepEqual(pieces.seen(), single.seen());
    }
    assert.ok(pieces.calls < 20, `${pieces.calls} single accesses`);
  }
});

test('of each 256 steps in real-address mode, the first in a page is one by itself', () => {
  const { code, ...rest } = real['text is cleared in words'] ?? assert.fail();
  const cleared = stage(true, { code, ...rest });
  cleared.run(4);
  assert.equal(cleared.calls, 4);
  const single = stage(false, { code, ...rest });
  single.run(4);
  assert.equal(single.calls, 1000);
});

test('from memory to memory, nobody is asked to move a piece, however many pages there are', () => {
  const moved = stage(true, { code: [rep, movsb], cx: 0x3000, si: Place.from + 5, di: 0x8009, isFlat: true });
  moved.run(3);
  const { copy, open = 0 } = moved.asked();
  assert.deepEqual([copy, open > 0], [undefined, true]);
  const { memory, instructions } = moved.seen();
  assert.equal(instructions, 3n);
  assert.ok(memory.slice(2 * 0x8009, 2 * 0xb009) === memory.slice(2 * (Place.from + 5), 2 * (Place.from + 0x3005)));
});
