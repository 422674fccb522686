import type { Window } from '../../../machine/index.ts';
import type { Subject } from '../fuzz.ts';
import { busMaster, IdeBoard } from '../ide-board.ts';
import { MemoryDisk } from '../memory-disk.ts';

const commands = [
  0x20, 0x24, 0x30, 0x34, 0xc4, 0xc5, 0xc6, 0xc8, 0xca, 0xec, 0xef, 0x90, 0x91, 0xe7, 0xa0, 0xa1, 0x08, 0x25, 0x35, 1, 2, 3, 0xb0, 0xe0,
];
const bytes = 0x1_0000;

/** A channel with a disk, and a CD that comes and goes. */
export const ideChannel = (): Subject => {
  const board = new IdeBoard(new MemoryDisk(bytes));
  const device = board.ide.channels[0];
  board.drive.insert(new MemoryDisk(bytes));
  return {
    device,
    windows: [
      [device.command, 8],
      [device.control, 1],
    ],
    words: commands,
    also: (random) => {
      board.command(commands[random.below(commands.length)] ?? 0, {
        count: random.below(4),
        low: random.below(130),
        device: [0xe0, 0xa0, 0xb0][random.below(3)] ?? 0,
      });
      const most = random.below(3) * 256;
      for (let at = 0; at < most; at++)
        if (random.below(2) === 0) device.command.read(0, 4);
        else device.command.write(0, random.word() & 0xff, 4);
      if (random.below(8) === 0) board.drive.eject();
      if (random.below(8) === 0) board.drive.insert(new MemoryDisk(bytes));
    },
  };
};

/** What a guest makes of the registers and tables of a bus master while disks read and write. */
export const busMasters = (): Subject => {
  const board = new IdeBoard(new MemoryDisk(bytes));
  const registers: Window = {
    read: (at, count) => board.ports.read(busMaster + at, count),
    write: (at, value, count) => board.ports.write(busMaster + at, value, count),
  };
  return {
    device: board.ide,
    windows: [[registers, 16]],
    words: [1, 9, 0x1000, 0, 6],
    also: (random) => {
      board.ram.view.setUint32(0x1000 + 8 * random.below(8) + 4 * random.below(2), random.word() >>> random.below(32), true);
      board.command([0xc8, 0xca, 0xc8, 0xca, 0xec][random.below(5)] ?? 0, { count: random.below(4), low: random.below(130) });
    },
  };
};
