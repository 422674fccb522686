import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AddressedMessage } from './apic-bus.ts';
import { IoApic } from './ioapic.ts';

const stage = () => {
  const sent: AddressedMessage[] = [];
  const ioapic = new IoApic({ processors: { deliver: (message) => void sent.push(message) } });
  const write = (register: number, value: number): void => {
    ioapic.write(0x00, register, 4);
    ioapic.write(0x10, value, 4);
  };
  const read = (register: number): number => {
    ioapic.write(0x00, register, 4);
    return ioapic.read(0x10, 4);
  };
  const route = (pin: number, low: number, high = 0): void => {
    write(0x11 + 2 * pin, high);
    write(0x10 + 2 * pin, low);
  };
  const raise = (pin: number, isHigh = true): void => ioapic.inputs[pin]!.set(isHigh);
  return { sent, ioapic, write, read, route, raise };
};

test('24 pins, all masked, and a version that has an EOI register', () => {
  const { read, write } = stage();
  assert.equal(read(1), 0x0017_0020);
  for (let pin = 0; pin < 24; pin++) assert.equal(read(0x10 + 2 * pin), 0x1_0000);
  write(0, 0xff00_0000);
  assert.equal(read(0), 0x0f00_0000);
  assert.equal(read(2), 0x0f00_0000);
});

test('an edge is told each time it rises, and not while it is masked', () => {
  const { sent, route, raise } = stage();
  raise(4);
  raise(4, false);
  route(4, 0x0931, 0x0300_0000);
  assert.equal(sent.length, 0);
  raise(4);
  raise(4);
  assert.deepEqual(sent, [{ vector: 0x31, delivery: 1, isLevel: false, isLogical: true, destination: 3 }]);
  raise(4, false);
  raise(4);
  assert.equal(sent.length, 2);
});

test('a level is told once until its vector is ended, and again while it is high', () => {
  const { sent, ioapic, read, route, raise } = stage();
  raise(16);
  route(16, 0x8041);
  assert.equal(sent.length, 1);
  assert.equal(sent[0]!.isLevel, true);
  assert.equal(read(0x30), 0xc041);
  ioapic.endOfInterrupt(0x42);
  assert.equal(sent.length, 1);
  ioapic.endOfInterrupt(0x41);
  assert.equal(sent.length, 2);
  raise(16, false);
  ioapic.write(0x40, 0x41, 4);
  assert.equal(sent.length, 2);
  assert.equal(read(0x30), 0x8041);
  raise(16);
  assert.equal(sent.length, 3);
});

test('a level waits while it is masked', () => {
  const { sent, route, raise } = stage();
  route(9, 0x1_8050);
  raise(9);
  assert.equal(sent.length, 0);
  route(9, 0x8050);
  assert.equal(sent.length, 1);
});

test('what was never ended is forgotten by making it an edge', () => {
  const { sent, read, route, raise } = stage();
  route(9, 0x8050);
  raise(9);
  route(9, 0x1_0050);
  assert.equal(read(0x22), 0x1_0050);
  route(9, 0x8050);
  assert.equal(sent.length, 2);
});

test('the bits that tell are not written', () => {
  const { route, read } = stage();
  route(3, 0xffff_ffff, 0xffff_ffff);
  assert.equal(read(0x16), 0x1_afff);
  assert.equal(read(0x17), 0xff00_0000);
});

test('a saved one goes on in another one', () => {
  const one = stage();
  one.route(16, 0x8041);
  one.raise(16);
  const other = stage();
  other.ioapic.load(one.ioapic.save());
  assert.equal(other.sent.length, 0);
  other.ioapic.endOfInterrupt(0x41);
  assert.equal(other.sent.length, 1);
});
