import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { linuxFrame } from '../abi/index.ts';
import { Cr0, Efer, setFlat } from '../cpu/index.ts';
import { Segment, SegmentPart, State, segmentPlace } from '../isa/index.ts';
import { Segments, type Width, widthOf } from './segments.ts';

const { context } = linuxFrame;
const place = { context: 256, bases: { fs: 32, gs: 40 }, data: 48 } as const;
const data = [Segment.ds, Segment.es, Segment.fs, Segment.gs] as const;
const own = 0x1234_5000n;

/** As Linux has them for programs: of 64 bits; of 32 bits, under a system of 64 or of 32. */
const made = (width: Width, isLong = true) => {
  const [state, shared] = [new DataView(new ArrayBuffer(State.size)), new DataView(new ArrayBuffer(4096))];
  state.setUint32(State.cr0, Cr0.pe | Cr0.pg, true);
  state.setUint32(State.efer, isLong ? Efer.lme | Efer.lma : 0, true);
  setFlat(state, width);
  const set = (segment: Segment, part: number, value: number): void => state.setUint32(segmentPlace(segment) + part, value, true);
  const [code, stack] = width === 64 ? [0x33, 0x2b] : isLong ? [0x23, 0x2b] : [0x73, 0x7b];
  set(Segment.cs, SegmentPart.selector, code);
  set(Segment.cs, SegmentPart.rights, width === 64 ? 0xa0fb : 0xc0fb);
  for (const segment of [Segment.ss, Segment.ds, Segment.es, Segment.gs]) {
    set(segment, SegmentPart.rights, 0xc0f3);
    set(segment, SegmentPart.selector, segment === Segment.ss || width === 32 ? stack : 0);
  }
  set(Segment.fs, SegmentPart.rights, 0);
  state.setBigUint64(segmentPlace(Segment.gs), own, true);
  return { state, shared, set, segments: new Segments(state, { ...place, shared }) };
};
const all = (state: DataView): Uint8Array => new Uint8Array(state.buffer.slice(State.segments, State.segments + 6 * SegmentPart.size));
const selectorsOf = (shared: DataView): readonly number[] => data.map((_, index) => shared.getUint16(place.data + 2 * index, true));

test('a program’s segments are such as a process can have, or it has no process', () => {
  equal(widthOf(made(64).state), 64);
  equal(widthOf(made(32).state), 32);
  equal(widthOf(made(32, false).state), 32);
  for (const [segment, part, value] of [
    [Segment.cs, SegmentPart.rights, 0x80fb],
    [Segment.cs, SegmentPart.rights, 0xc0f9],
    [Segment.cs, SegmentPart.limit, 0xfff],
    [Segment.ss, SegmentPart.rights, 0x80f3],
    [Segment.ds, SegmentPart.rights, 0xc0f1],
    [Segment.ds, SegmentPart.rights, 0],
    [Segment.es, SegmentPart.base, 0x1000],
    [Segment.gs, SegmentPart.limit, 0xf_ffff],
    [Segment.fs, SegmentPart.rights, 0xc0f7],
  ] as const) {
    const { state, set } = made(32);
    set(segment, part, value);
    equal(widthOf(state), undefined, `${segment} ${part} ${value.toString(16)}`);
  }
});

test('a process has selectors of its own for a program of 32 bits, whose stay', () => {
  for (const isLong of [true, false]) {
    const { state, shared, segments } = made(32, isLong);
    const before = all(state);
    segments.put(32);
    deepEqual([shared.getUint16(place.context + context.cs, true), shared.getUint16(place.context + context.ss, true)], [0x23, 0x2b]);
    deepEqual(selectorsOf(shared), [0x2b, 0x2b, 0, 0x2b]);
    equal(shared.getBigUint64(place.bases.gs, true), own);
    equal(segments.take(), true);
    deepEqual(all(state), before);
  }
});

test('under a system of 64 bits, what it loads by itself is there, and code of 64 bits that it goes to', () => {
  const { state, shared, segments } = made(32);
  segments.put(32);
  shared.setUint16(place.context + context.cs, 0x33, true);
  shared.setUint16(place.data, 0, true);
  shared.setUint16(place.data + 4, 0x2b, true);
  equal(segments.take(), true);
  const part = (segment: Segment, which: number): number => state.getUint32(segmentPlace(segment) + which, true);
  deepEqual([part(Segment.cs, SegmentPart.selector), part(Segment.cs, SegmentPart.rights)], [0x33, 0xa0fb]);
  deepEqual([part(Segment.ds, SegmentPart.selector), part(Segment.ds, SegmentPart.rights)], [0, 0]);
  deepEqual([part(Segment.fs, SegmentPart.selector), part(Segment.fs, SegmentPart.rights)], [0x2b, 0xc0f3]);
});

test('a system of 32 bits has none of that: who has such a segment is not taken, and nothing of it', () => {
  for (const spoil of [
    (shared: DataView) => shared.setUint16(place.context + context.cs, 0x33, true),
    (shared: DataView) => shared.setUint32(place.context + context.rip + 4, 1, true),
    (shared: DataView) => shared.setUint16(place.data, 0, true),
    (shared: DataView) => shared.setUint16(place.data + 4, 0x2b, true),
    (shared: DataView) => shared.setUint16(place.data + 2, 0x7b, true),
    (shared: DataView) => shared.setBigUint64(place.bases.gs, 0n, true),
  ]) {
    const { state, shared, segments } = made(32, false);
    segments.put(32);
    const before = all(state);
    spoil(shared);
    equal(segments.take(), false);
    deepEqual(all(state), before);
  }
});
