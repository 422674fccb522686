import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { linuxFrame } from '../abi/index.ts';
import { Efer } from '../cpu/index.ts';
import { Eflags, Mxcsr, readFlags, Segment, SegmentPart, State, segmentPlace, writeFlags, X87Control } from '../isa/index.ts';
import { Frame } from './frame.ts';

const { context, vectors } = linuxFrame;
const [at, area] = [256, 1024];
const place = { context: at, vectors: area, bases: { fs: 32, gs: 40 }, data: 48 } as const;

const made = () => {
  const [state, shared] = [new DataView(new ArrayBuffer(State.size)), new DataView(new ArrayBuffer(4096))];
  state.setUint32(State.efer, Efer.lme | Efer.lma, true);
  return { state, shared, frame: new Frame(state, { ...place, shared }) };
};

const fill = (state: DataView): void => {
  for (let index = 0; index < 16; index++) state.setBigUint64(State.gpr + 8 * index, BigInt(index) * 0x0101_0101_0101_0101n, true);
  for (let index = 0; index < 16; index++)
    for (let word = 0; word < 4; word++) state.setBigUint64(State.vectors + 64 * index + 8 * word, BigInt(100 * index + word), true);
  for (let index = 0; index < 8; index++) {
    state.setBigUint64(State.x87 + 16 * index, (1n << 63n) | BigInt(index), true);
    state.setUint16(State.x87 + 16 * index + 8, 0x3fff + index, true);
  }
  state.setUint16(State.x87Control, X87Control.initial, true);
  state.setUint16(State.x87Status, 5 << 11, true);
  state.setUint8(State.x87Full, 0b1010_1010);
  state.setUint32(State.mxcsr, Mxcsr.initial, true);
  state.setBigUint64(State.rip, 0x40_1234n, true);
  state.setBigUint64(segmentPlace(Segment.fs) + SegmentPart.base, 0x7f00_0000_1000n, true);
  writeFlags(state, Eflags.cf | Eflags.zf | Eflags.if | Eflags.one | Eflags.iopl);
};

test('what is put there and taken back is what it was', () => {
  const { state, frame } = made();
  fill(state);
  const before = new Uint8Array(state.buffer.slice(0));
  const flags = readFlags(state);
  frame.put(64);
  // Whatever else has gone through it meanwhile.
  for (const from of [State.gpr, State.vectors, State.x87]) new Uint8Array(state.buffer, from, from === State.x87 ? 10 : 32).fill(0x55);
  equal(frame.take(), true);
  equal(readFlags(state), flags);
  for (const [from, bytes] of [
    [State.gpr, 128],
    [State.rip, 8],
    [State.vectors, 1024],
    [State.x87, 128],
    [State.x87Control, 6],
  ] as const)
    deepEqual(new Uint8Array(state.buffer, from, bytes), before.subarray(from, from + bytes), `${from}`);
});

test('of flags, a program has its own, and its system’s stay', () => {
  const { state, shared, frame } = made();
  fill(state);
  frame.put(64);
  shared.setUint32(at + context.flags, Eflags.of | Eflags.tf | Eflags.iopl | Eflags.vif | Eflags.one, true);
  frame.take();
  equal(readFlags(state), Eflags.of | Eflags.tf | Eflags.iopl | Eflags.if | Eflags.one);
});

test('one that went to code of 32 bits by itself is there, and the next begins in code of 64', () => {
  const { state, shared, frame } = made();
  fill(state);
  frame.put(64);
  equal(shared.getUint16(at + context.cs, true), 0x33);
  shared.setUint16(at + context.cs, 0x23, true);
  shared.setUint16(place.data, 0x2b, true);
  equal(frame.take(), true);
  const cs = segmentPlace(Segment.cs);
  equal(state.getUint16(cs + SegmentPart.selector, true), 0x23);
  equal(state.getUint32(cs + SegmentPart.rights, true), 0xc0fb);
  equal(state.getUint16(segmentPlace(Segment.ds) + SegmentPart.selector, true), 0x2b);
  frame.put(64);
  deepEqual([shared.getUint16(at + context.cs, true), shared.getUint16(place.data, true)], [0x33, 0]);
});

test('what no program could have is not taken, and nothing of it', () => {
  for (const spoil of [
    (shared: DataView) => shared.setBigUint64(at + context.rip, 1n << 60n, true),
    (shared: DataView) => shared.setBigUint64(place.bases.gs, 1n << 50n, true),
    (shared: DataView) => shared.setUint16(at + context.cs, 0x10, true),
    (shared: DataView) => shared.setUint16(at + context.ss, 0, true),
    (shared: DataView) => shared.setUint16(place.data + 6, 0x7b, true),
  ]) {
    const { state, shared, frame } = made();
    fill(state);
    frame.put(64);
    const before = new Uint8Array(state.buffer.slice(0));
    shared.setBigUint64(at + context.registers, 99n, true);
    spoil(shared);
    equal(frame.take(), false);
    deepEqual(new Uint8Array(state.buffer), before);
  }
});

test('parts that its processor says are not in use are as after a reset', () => {
  const { state, shared, frame } = made();
  fill(state);
  frame.put(64);
  shared.setBigUint64(area + vectors.header, 0n, true);
  shared.setUint32(area + vectors.mxcsr, 0xffff_ffff, true);
  frame.take();
  equal(
    new Uint8Array(state.buffer, State.vectors, 32).every((byte) => byte === 0),
    true,
  );
  equal(state.getUint16(State.x87Control, true), X87Control.initial);
  equal(state.getUint32(State.mxcsr, true), 0xffff);
});
