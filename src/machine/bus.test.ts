import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bus, bytewise } from './bus.ts';
import { Pin } from './line.ts';
import { type Port, port } from './units.ts';

const bank = (count: number) => {
  const registers = new Uint8Array(count);
  const window = bytewise({
    read: (offset) => registers[offset] ?? 0,
    write: (offset, value) => {
      registers[offset] = value;
    },
  });
  return { registers, window };
};

test('an access wider than a register meets one after the other', () => {
  const bus = new Bus<Port>();
  const { registers, window } = bank(4);
  bus.map(port(0x70), 4, window);
  bus.write(0x70, 0x8765_4321, 4);
  assert.deepEqual([...registers], [0x21, 0x43, 0x65, 0x87]);
  assert.equal(bus.read(0x70, 4), 0x8765_4321);
  assert.equal(bus.read(0x71, 2), 0x6543);
});

test('nothing there reads as all ones, also beside something', () => {
  const bus = new Bus<Port>();
  bus.map(port(0x70), 1, bank(1).window);
  bus.write(0x80, 0x12, 1);
  assert.equal(bus.read(0x80, 1), 0xff);
  assert.equal(bus.read(0x80, 4), 0xffff_ffff);
  assert.equal(bus.read(0x70, 2), 0xff00);
});

test('two windows at one place are refused, and one that went leaves room', () => {
  const bus = new Bus<Port>();
  const mapping = bus.map(port(0x3f8), 8, bank(8).window);
  assert.throws(() => bus.map(port(0x3ff), 2, bank(2).window), /0x3ff to 0x400 overlaps 0x3f8 to 0x3ff/);
  assert.equal(bus.read(0x3f8, 1), 0);
  mapping[Symbol.dispose]();
  assert.equal(bus.read(0x3f8, 1), 0xff);
  bus.map(port(0x3ff), 2, bank(2).window);
  assert.ok(bus.has(0x400));
});

test('an access over the edge of two windows meets both', () => {
  const bus = new Bus<Port>();
  const [low, high] = [bank(1), bank(1)];
  bus.map(port(0x10), 1, low.window);
  bus.map(port(0x11), 1, high.window);
  bus.write(0x10, 0xbbaa, 2);
  assert.deepEqual([low.registers[0], high.registers[0], bus.read(0x10, 2)], [0xaa, 0xbb, 0xbbaa]);
});

test('a pin is high while one of its wires is', () => {
  const levels: boolean[] = [];
  const pin = new Pin({ set: (isHigh) => void levels.push(isHigh) });
  const [one, other] = [pin.wire(), pin.wire()];
  one.set(true);
  other.set(true);
  one.set(false);
  one.set(false);
  other.set(false);
  assert.deepEqual(levels, [true, false]);
});

test('a place is free unless something is mapped in a part of it', () => {
  const bus = new Bus<Port>();
  const mapped = bus.map(port(0x70), 2, bank(2).window);
  assert.deepEqual(
    [bus.isFree(port(0x6f), 1), bus.isFree(port(0x72), 1), bus.isFree(port(0x60), 0x20), bus.isFree(port(0x71), 1)],
    [true, true, false, false],
  );
  mapped[Symbol.dispose]();
  assert.equal(bus.isFree(port(0x71), 1), true);
});

test('a piece goes to a window that takes pieces, if all of it is there', () => {
  const bus = new Bus<Port>();
  const { registers, window } = bank(8);
  const taken = new Uint8Array(8);
  bus.map(port(0x100), 8, window);
  bus.map(port(0x108), 8, {
    ...window,
    readPiece: (offset, into) => into.set(taken.subarray(offset, offset + into.length)),
    writePiece: (offset, bytes) => taken.set(bytes, offset),
  });
  assert.deepEqual(
    [bus.hasPiece(0x108, 8), bus.hasPiece(0x109, 8), bus.hasPiece(0x100, 4), bus.hasPiece(0x104, 8), bus.hasPiece(0x110, 1)],
    [true, false, false, false, false],
  );
  bus.writePiece(0x10a, Uint8Array.of(1, 2, 3));
  const read = new Uint8Array(2);
  bus.readPiece(0x10b, read);
  assert.deepEqual([...read], [2, 3]);
  assert.deepEqual([...registers], Array(8).fill(0));
});
