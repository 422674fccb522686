import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Dma, I8042, Pic, Pit } from '../../../src/devices/index.ts';
import { Probe, Ram, Random } from '../../../src/devices/stage/index.ts';
import { Bus, bytewise, type Port, port, Timeline } from '../../../src/machine/index.ts';
import { interrupts, timers, transfers } from './accesses.ts';
import { type Access, inQemu } from './qemu.ts';

/** The same chips at the same ports. */
const board = (): Bus<Port> => {
  const clock = new Timeline();
  const pic = new Pic({ intr: new Probe() });
  const wires = { keyboardIrq: pic.inputs[1]!, mouseIrq: pic.inputs[12]!, a20: new Probe(), reset: () => {} };
  const keyboard = bytewise(new I8042({ clock, ...wires }));
  const dma = new Dma({ memory: new Ram(0x1_0000) });
  const bus = new Bus<Port>();
  bus.map(port(0x00), 16, bytewise(dma.low));
  bus.map(port(0x20), 2, bytewise(pic.master));
  bus.map(port(0x40), 4, bytewise(new Pit({ clock, irq: new Probe() })));
  // Two windows of one chip: data and command.
  bus.map(port(0x60), 1, keyboard);
  bus.map(port(0x64), 1, { read: (_, bytes) => keyboard.read(4, bytes), write: (_, value, bytes) => keyboard.write(4, value, bytes) });
  bus.map(port(0x81), 15, bytewise(dma.pages));
  bus.map(port(0xa0), 2, bytewise(pic.slave));
  bus.map(port(0xc0), 32, bytewise(dma.high));
  return bus;
};

const compare = (accesses: readonly Access[], seed: number): void => {
  const theirs = inQemu(accesses);
  const bus = board();
  const told: string[] = [];
  let reads = 0;
  for (const { port: at, value } of accesses) {
    if (value !== undefined) {
      bus.write(at, value, 1);
      told.push(`write ${at.toString(16)} ${value.toString(16)}`);
      continue;
    }
    const [mine, other] = [bus.read(at, 1), theirs[reads++]];
    told.push(`read ${at.toString(16)} ${mine.toString(16)}`);
    assert.equal(mine, other, `seed ${seed}:\n${told.slice(-20).join('\n')}`);
  }
};

for (const [name, make] of Object.entries({ interrupts, timers, transfers })) {
  test(`${name}: chips say what QEMU's say`, () => {
    for (let seed = 1; seed <= 5; seed++) compare(make(new Random(seed), 300), seed);
  });
}
