import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant, span, Timeline } from '../machine/index.ts';
import { Pit } from './pit/pit.ts';
import { Probe } from './stage/index.ts';
import { SystemPorts } from './system-port.ts';

const stage = () => {
  const time = new Timeline();
  const pit = new Pit({ clock: time, irq: new Probe() });
  const a20 = new Probe();
  const told: string[] = [];
  const ports = new SystemPorts({
    clock: time,
    a20,
    speakerGate: pit.speakerGate,
    isSpeakerHigh: () => pit.isSpeakerHigh,
    console: (byte) => void told.push(String.fromCharCode(byte)),
    reset: () => void told.push('reset'),
    exit: (status) => void told.push(`exit ${status}`),
  });
  return { time, pit, a20, told, ports };
};

test('port 61h gates the timer and sees its output', () => {
  const { ports, pit, time } = stage();
  pit.write(3, 0xb0);
  ports.speaker.write(0, 0x01);
  for (const byte of [10, 0]) pit.write(2, byte);
  assert.equal(ports.speaker.read(0) & 0x21, 0x01);
  time.advance(instant(span(10_000n)));
  assert.equal(ports.speaker.read(0) & 0x21, 0x21);
  assert.equal(ports.isSpeakerOn, false);
  ports.speaker.write(0, 0x03);
  assert.equal(ports.isSpeakerOn, true);
});

test('the refresh bit turns over every 15 microseconds', () => {
  const { ports, time } = stage();
  let turns = 0;
  let last = ports.speaker.read(0) & 0x10;
  for (let us = 1n; us <= 1000n; us++) {
    time.advance(instant(span(us * 1000n)));
    const now = ports.speaker.read(0) & 0x10;
    if (now !== last) turns++;
    last = now;
  }
  assert.equal(turns, 66);
});

test('A20 is as whoever wrote last wants it, and high after a reset', () => {
  const { ports, a20 } = stage();
  ports.reset('power');
  assert.equal(a20.isHigh, true);
  ports.fast.write(0, 0x00);
  assert.equal(a20.isHigh, false);
  ports.keyboardA20.set(true);
  assert.equal(a20.isHigh, true);
  assert.equal(ports.fast.read(0), 0x02);
  ports.keyboardA20.set(false);
  ports.reset('bus');
  assert.equal(a20.isHigh, true);
});

test('a reset is asked for by a bit that rises', () => {
  const { ports, told } = stage();
  ports.fast.write(0, 0x03);
  ports.fast.write(0, 0x03);
  assert.deepEqual(told, ['reset']);
  ports.fast.write(0, 0x02);
  ports.fast.write(0, 0x03);
  assert.deepEqual(told, ['reset', 'reset']);
});

test('a test that ends tells its status, and what it writes is seen', () => {
  const { ports, told } = stage();
  assert.equal(ports.console.read(0), 0xe9);
  ports.console.write(0, 0x41);
  ports.exit.write(0, 0x10, 4);
  ports.post.write(0, 0xfe);
  assert.deepEqual(told, ['A', 'exit 33']);
  assert.equal(ports.postCode, 0xfe);
});

test('saved ports go on in another machine', () => {
  const one = stage();
  one.ports.fast.write(0, 0x00);
  one.ports.speaker.write(0, 0x03);
  const other = stage();
  other.ports.load(one.ports.save());
  assert.equal(other.a20.isHigh, false);
  assert.equal(other.ports.isSpeakerOn, true);
});
