import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Probe } from '../stage/index.ts';
import { GenericEvents, GenericPort } from './generic-events.ts';

const stage = () => {
  const interrupt = new Probe();
  const told: string[] = [];
  const events = new GenericEvents({ interrupt, powerOff: () => void told.push('off'), reset: () => void told.push('reset') });
  return { events, interrupt, told };
};

test('events interrupt until they are read, all at once', () => {
  const { events, interrupt } = stage();
  events.pressPowerButton();
  events.plugged();
  assert.equal(interrupt.isHigh, true);
  assert.equal(events.ports.read(GenericPort.events), 3);
  assert.equal(interrupt.isHigh, false);
  assert.equal(events.ports.read(GenericPort.events), 0);
});

test('S5 switches off, once, and no other state is there', () => {
  const { events, told } = stage();
  for (const value of [0x14, 0x20, 0x30, 0x34, 0x34]) events.ports.write(GenericPort.sleepControl, value);
  assert.deepEqual(told, ['off']);
  events.reset('bus');
  events.ports.write(GenericPort.sleepControl, 0x34);
  assert.deepEqual(told, ['off', 'off']);
});

test('the reset register takes its value alone', () => {
  const { events, told } = stage();
  for (const value of [0, 1, 0x41, 0x42]) events.ports.write(GenericPort.reset, value);
  assert.deepEqual(told, ['reset']);
});

test('what wasn’t read is so in another one, and interrupts there', () => {
  const [one, other] = [stage(), stage()];
  one.events.plugged();
  other.events.load(one.events.save());
  assert.deepEqual([other.interrupt.isHigh, other.events.ports.read(GenericPort.events)], [true, 2]);
});
