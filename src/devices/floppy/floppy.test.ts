import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Drive, encode } from '../../machine/index.ts';
import { StagedChannel } from '../stage/dma-channel.ts';
import { MemoryDisk, Probe, Ram } from '../stage/index.ts';
import { Floppy } from './index.ts';
import { freshFloppy } from './state.ts';

const bytesOf1440K = 1_474_560;

/** Two drives, of which A has a diskette; the controller has been reset as firmware does, for 500 kb/s. */
const stage = (disk: MemoryDisk = new MemoryDisk(bytesOf1440K).number()) => {
  const irq = new Probe();
  const ram = new Ram(0x1_0000);
  const dma = new StagedChannel(ram);
  const drive = new Drive(disk);
  const floppy = new Floppy({ irq, dma, drives: [drive, new Drive()] });
  const { registers, changeLine } = floppy;
  const command = (...bytes: number[]): number[] => {
    for (const byte of bytes) {
      assert.equal(registers.read(4) & 0xc0, 0x80);
      registers.write(5, byte);
    }
    const result: number[] = [];
    while ((registers.read(4) & 0xf0) === 0xd0) result.push(registers.read(5));
    return result;
  };
  const sense = () => command(0x08);
  registers.write(2, 0x08);
  registers.write(2, 0x1c);
  for (let count = 0; count < 4; count++) sense();
  changeLine.write(0, 0);
  command(0x03, 0xaf, 0x02);
  return { irq, ram, dma, drive, disk, floppy, registers, changeLine, command, sense };
};

test('a reset interrupts, and each drive is told of once', () => {
  const { registers, irq, sense } = stage();
  registers.write(2, 0x18);
  assert.equal(registers.read(4), 0);
  registers.write(2, 0x1c);
  assert.equal(irq.isHigh, true);
  assert.deepEqual(sense(), [0xc0, 0]);
  assert.equal(irq.isHigh, false);
  assert.deepEqual([sense(), sense(), sense(), sense()], [[0xc1, 0], [0xc2, 0], [0xc3, 0], [0x80]]);
});

test('the controller is known as an 82077AA', () => {
  const { command } = stage();
  assert.deepEqual(command(0x10), [0x90]);
  assert.deepEqual(command(0x0e), [0, 0, 0, 0, 0xaf, 0x02, 0, 0, 0x20, 0]);
  assert.deepEqual(command(0x14), [0]);
  assert.deepEqual(command(0x94), [0x10]);
  // PART ID, by which Linux knows what came later.
  assert.deepEqual(command(0x18), [0x80]);
});

test('heads that are moved interrupt, and end a diskette’s being new', () => {
  const { command, sense, changeLine, irq, drive } = stage();
  assert.equal(changeLine.read(0), 0x80);
  command(0x07, 0);
  assert.equal(irq.isHigh, true);
  assert.deepEqual(sense(), [0x20, 0]);
  assert.equal(changeLine.read(0), 0x80);
  command(0x0f, 4, 40);
  assert.deepEqual(sense(), [0x24, 40]);
  assert.equal(changeLine.read(0), 0);
  drive.insert(new MemoryDisk(bytesOf1440K));
  assert.equal(changeLine.read(0), 0x80);
  command(0xcf, 0, 3);
  assert.deepEqual(sense(), [0x20, 43]);
  command(0x8f, 0, 50);
  assert.deepEqual(sense(), [0x20, 0]);
  command(0x07, 2);
  assert.deepEqual(sense(), [0x72, 0]);
});

test('sectors go to memory until the channel’s count ends', () => {
  const { command, sense, dma, ram, irq } = stage();
  command(0x0f, 0, 2);
  sense();
  dma.set(0x100, 1024);
  const rises = irq.rises;
  assert.deepEqual(command(0xe6, 4, 2, 1, 17, 2, 18, 0x1b, 0xff), [0, 0, 0, 3, 0, 1, 2]);
  assert.equal(irq.rises, rises + 1);
  assert.equal(irq.isHigh, false);
  const first = (2 * 2 + 1) * 18 + 16;
  assert.deepEqual([ram.view.getUint32(0x100, true), ram.view.getUint32(0x300, true)], [first, first + 1]);
});

test('with both heads a transfer goes on on the other side', () => {
  const { command, dma, ram } = stage();
  dma.set(0, 36 * 512);
  assert.deepEqual(command(0xe6, 0, 0, 0, 1, 2, 18, 0x1b, 0xff), [0, 0, 0, 1, 0, 1, 2]);
  assert.equal(ram.view.getUint32(35 * 512, true), 35);
});

test('a cylinder that ends before the count does is told', () => {
  const { command, dma } = stage();
  dma.set(0, 19 * 512);
  assert.deepEqual(command(0x46, 0, 0, 0, 18, 2, 18, 0x1b, 0xff), [0x40, 0x80, 0, 1, 0, 1, 2]);
  assert.deepEqual(command(0x46, 0, 0, 0, 1, 2, 0, 0x1b, 0xff).slice(0, 2), [0x40, 0x80]);
});

test('what is written is on the diskette, the rest of a sector as zeros', () => {
  const { command, dma, ram, disk } = stage();
  ram.bytes.fill(7);
  dma.set(0, 600);
  assert.deepEqual(command(0xc5, 0, 0, 0, 3, 2, 18, 0x1b, 0xff), [0, 0, 0, 0, 0, 5, 2]);
  assert.deepEqual([disk.bytes[2 * 512], disk.bytes[2 * 512 + 599], disk.bytes[2 * 512 + 600], disk.bytes[4 * 512]], [7, 7, 0, 4]);
});

test('what cannot be found, read or written is told with its reason', () => {
  const { command, dma, disk, drive, changeLine, sense } = stage();
  const read = (head: number, cylinder: number, sector: number, size = 2) => {
    dma.set(0, 512);
    return command(0x46, head * 4, cylinder, head, sector, size, 18, 0x1b, 0xff).slice(0, 3);
  };
  assert.deepEqual(read(0, 0, 19), [0x40, 0x04, 0]);
  assert.deepEqual(read(0, 5, 1), [0x40, 0x04, 0x10]);
  assert.deepEqual(read(0, 0, 1, 3), [0x40, 0x04, 0]);
  disk.bad.add(3);
  assert.deepEqual(read(0, 0, 4), [0x40, 0x20, 0x20]);
  changeLine.write(0, 2);
  assert.deepEqual(read(0, 0, 1), [0x40, 0x01, 0]);
  changeLine.write(0, 0);
  command(0x0f, 0, 80);
  sense();
  assert.deepEqual(read(0, 80, 1), [0x40, 0x01, 0]);
  dma.set(0, 0);
  command(0x07, 0);
  sense();
  assert.deepEqual(command(0x46, 0, 0, 0, 1, 2, 18, 0x1b, 0xff).slice(0, 2), [0x40, 0x10]);
  drive.insert(new MemoryDisk(bytesOf1440K, true));
  dma.set(0, 512);
  assert.deepEqual(command(0x45, 0, 0, 0, 1, 2, 18, 0x1b, 0xff).slice(0, 2), [0x40, 0x02]);
  assert.deepEqual(command(0x04, 0), [0x78]);
  drive.eject();
  assert.deepEqual(read(0, 0, 1), [0x40, 0x01, 0]);
});

test('a diskette is what its size says, at its own rate', () => {
  for (const [kib, rate, sectors, heads] of [
    [160, 2, 8, 1],
    [180, 1, 9, 1],
    [320, 2, 8, 2],
    [360, 2, 9, 2],
    [720, 2, 9, 2],
    [1200, 0, 15, 2],
    [1440, 0, 18, 2],
    [2880, 3, 36, 2],
  ] as const) {
    const { command, changeLine, dma } = stage(new MemoryDisk(kib * 1024));
    changeLine.write(0, rate);
    assert.equal(command(0x4a, 0)[0], 0, `${kib} K`);
    changeLine.write(0, (rate + 2) & 3);
    assert.deepEqual(command(0x4a, 0).slice(0, 2), [0x40, 1]);
    changeLine.write(0, rate);
    const read = (head: number, sector: number) => {
      dma.set(0, 512);
      return command(0x46, head * 4, 0, head, sector, 2, 0xff, 0x1b, 0xff)[1];
    };
    assert.deepEqual([read(0, sectors), read(0, sectors + 1), read(1, 1)], [0, 4, heads === 2 ? 0 : 1], `${kib} K`);
  }
});

test('heads follow a command where that is configured', () => {
  const { command, dma, ram } = stage();
  command(0x13, 0, 0x57, 0);
  dma.set(0, 512);
  assert.equal(command(0x46, 0, 7, 0, 1, 2, 18, 0x1b, 0xff)[0], 0);
  assert.equal(ram.view.getUint32(0, true), 7 * 36);
});

test('a track that is formatted has what the command says in every sector', () => {
  const { command, dma, ram, disk, sense } = stage();
  command(0x0f, 0, 1);
  sense();
  for (let sector = 0; sector < 18; sector++) ram.bytes.set([1, 1, sector + 1, 2], 4 * sector);
  dma.set(0, 72);
  assert.deepEqual(command(0x4d, 4, 2, 18, 0x54, 0xf6).slice(0, 3), [4, 0, 0]);
  assert.deepEqual([disk.bytes[54 * 512], disk.bytes[72 * 512 - 1]], [0xf6, 0xf6]);
  assert.equal(disk.bytes[72 * 512], 72);
  assert.equal(disk.bytes[53 * 512], 53);
});

test('data goes through the data register where DMA is off', () => {
  const { command, registers, irq, disk } = stage();
  command(0x03, 0xaf, 0x03);
  for (const byte of [0x46, 0, 0, 0, 5, 2, 6, 0x1b, 0xff]) registers.write(5, byte);
  const read: number[] = [];
  while (registers.read(4) === 0xf0) {
    assert.equal(irq.isHigh, true);
    read.push(registers.read(5));
  }
  assert.deepEqual([read.length, read[0], read[512]], [1024, 4, 5]);
  assert.equal(irq.isHigh, true);
  assert.deepEqual(command(), [0, 0, 0, 1, 0, 1, 2]);
  assert.equal(irq.isHigh, false);
  for (const byte of [0x45, 0, 0, 0, 5, 2, 5, 0x1b, 0xff]) registers.write(5, byte);
  for (let count = 0; count < 512; count++) {
    assert.equal(registers.read(4), 0xb0);
    registers.write(5, 0x5a);
  }
  assert.deepEqual(command().slice(0, 3), [0, 0, 0]);
  assert.equal(disk.bytes[4 * 512], 0x5a);
});

test('sectors are verified without being moved, and looked for by what they hold', () => {
  const { command, dma, ram } = stage();
  assert.deepEqual(command(0x56, 0x80, 0, 0, 1, 2, 18, 0x1b, 3).slice(0, 6), [0, 0, 0, 0, 0, 4]);
  assert.deepEqual(command(0x56, 0, 0, 0, 1, 2, 18, 0x1b, 0xff).slice(0, 6), [0, 0, 0, 1, 0, 1]);
  for (let sector = 0; sector < 18; sector++) ram.view.setUint32(512 * sector, 6, true);
  dma.set(0, 18 * 512);
  assert.deepEqual(command(0x51, 0, 0, 0, 1, 2, 18, 0x1b, 1).slice(0, 6), [0, 0, 8, 0, 0, 8]);
  assert.equal(ram.bytes[0], 6);
});

test('the line is quiet where the outputs register cuts it off', () => {
  const { registers, command, irq } = stage();
  registers.write(2, 0x14);
  command(0x07, 0);
  assert.equal(irq.isHigh, false);
  registers.write(2, 0x1c);
  assert.equal(irq.isHigh, true);
});

test('a saved controller goes on in another one, in the middle of a sector', () => {
  const one = stage();
  one.command(0x03, 0xaf, 0x03);
  for (const byte of [0x46, 0, 0, 0, 5, 2, 5, 0x1b, 0xff]) one.registers.write(5, byte);
  one.registers.read(5);
  const other = stage();
  other.floppy.load(one.floppy.save());
  assert.equal(other.irq.isHigh, true);
  for (let count = 1; count < 512; count++) assert.equal(other.registers.read(5), 0);
  assert.equal(other.registers.read(4), 0xd0);
});

test('a saved state that has several tidings of one drive goes on, with room for the next drive’s', () => {
  const { floppy, command, sense } = stage();
  floppy.load(encode(floppy.schema, { ...freshFloppy(), senses: [0xc0, 0xc0, 0xc0, 0xc0] }));
  command(0x0f, 1, 5);
  floppy.load(floppy.save());
  assert.deepEqual(
    [sense(), sense(), sense(), sense()].map(([st0]) => st0),
    [0xc0, 0xc0, 0xc0, 0x21],
  );
});
