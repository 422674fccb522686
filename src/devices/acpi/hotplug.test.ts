import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PciHotplug } from './hotplug.ts';

const stage = (slots = 0x8000_0300) => {
  const told = { events: 0, ejected: [] as number[] };
  const hotplug = new PciHotplug({ raise: () => void told.events++, eject: (slot) => void told.ejected.push(slot), slots });
  return { hotplug, told, read: (at: number, bytes: 1 | 2 | 4 = 4) => hotplug.window.read(at, bytes) };
};

test('what comes and what is to go is told by an event, and once', () => {
  const { hotplug, told, read } = stage();
  hotplug.came(8);
  hotplug.came(31);
  assert.equal(told.events, 2);
  assert.deepEqual([read(0), read(0), read(4)], [0x8000_0100, 0, 0]);
  hotplug.shallGo(31);
  assert.deepEqual([told.events, read(4), read(4)], [3, 0x8000_0000, 0]);
  assert.deepEqual([read(8), read(12), read(13, 1), read(14, 2)], [0, 0x8000_0300, 3, 0x8000]);
});

test('the system lets go of a slot by its bit, and of no other', () => {
  const { hotplug, told } = stage();
  hotplug.shallGo(31);
  hotplug.window.write(8, 0xffff_ffff, 1);
  assert.deepEqual(told.ejected, []);
  assert.equal(hotplug.isLeaving(31), true);
  hotplug.window.write(8, 0x8000_0003, 4);
  assert.deepEqual([told.ejected, hotplug.isLeaving(31)], [[31], false]);
});

test('a reset pulls what the system was asked for, once, and what came is as if it had been there', () => {
  const { hotplug, told, read } = stage();
  hotplug.came(8);
  hotplug.shallGo(9);
  hotplug.reset('bus');
  hotplug.reset('bus');
  assert.deepEqual([told.ejected, read(0), read(4)], [[9], 0, 0]);
});

test('a saved one goes on in another one', () => {
  const { hotplug } = stage();
  hotplug.came(8);
  hotplug.shallGo(9);
  const other = stage();
  other.hotplug.load(hotplug.save());
  assert.deepEqual([other.read(0), other.read(4), other.hotplug.isLeaving(9)], [0x100, 0x200, true]);
});
