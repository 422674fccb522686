import { bytewise, Drive } from '../../../machine/index.ts';
import { Floppy } from '../../floppy/index.ts';
import { StagedChannel } from '../dma-channel.ts';
import type { Subject } from '../fuzz.ts';
import { MemoryDisk } from '../memory-disk.ts';
import { Probe } from '../probe.ts';
import { Ram } from '../ram.ts';

const bytes = 160 * 1024;

/** With a diskette that comes and goes. */
export const floppy = (): Subject => {
  const dma = new StagedChannel(new Ram(0x1_0000));
  const drive = new Drive(new MemoryDisk(bytes));
  const device = new Floppy({ irq: new Probe(), dma, drives: [drive, new Drive()] });
  const { registers, changeLine } = device;
  changeLine.write(0, 2);
  return {
    device,
    windows: [
      [bytewise(registers), 6],
      [bytewise(changeLine), 1],
    ],
    words: [0x46, 0x45, 0x4d, 0x4a, 0x08, 0x07, 0x0f, 0x56, 0x51, 0xe6, 0, 1, 2, 8, 0x1c],
    also: (random) => {
      dma.set(random.below(0x8000), random.below(5000));
      registers.write(2, 0x1c);
      const opcode = [0x46, 0x45, 0x4d, 0x56, 0x51, 0xe6, 0x42, 0x4c][random.below(8)] ?? 0;
      for (const byte of [opcode, 0, 0, 0, random.below(10), 2, random.below(20), 0x1b, random.below(4)]) registers.write(5, byte);
      for (let count = random.below(600); count > 0; count--)
        if (random.below(2) === 0) registers.read(5);
        else registers.write(5, 1);
      if (random.below(4) === 0) drive.eject();
      if (random.below(4) === 0) drive.insert(new MemoryDisk(bytes, random.below(2) === 0));
    },
  };
};
