import type { Window } from '../../../machine/index.ts';
import { AhciBoard, lba48, place } from '../ahci-board.ts';
import type { Subject } from '../fuzz.ts';
import { MemoryDisk } from '../memory-disk.ts';

export const ahci = (): Subject => {
  const board = new AhciBoard(new MemoryDisk(0x1_0000));
  board.drive.insert(new MemoryDisk(0x1_0000));
  const window: Window = {
    read: (at, bytes) => board.addresses.read(place.region + at, bytes),
    write: (at, value, bytes) => board.addresses.write(place.region + at, value, bytes),
  };
  return {
    device: board.ahci,
    windows: [[window, 0x280]],
    words: [place.list, place.received, 0x11, 0x10, 1, 3],
    also: (random) => {
      for (const port of [0, 1]) board.setPort(port, 0x00, place.list + port * 0x400);
      for (const port of [0, 1]) board.setPort(port, 0x18, 0x11);
      const command = [0x25, 0x35, 0x20, 0x30, 0xec, 0xa0, 0xc8, 0xef, 0xa1][random.below(9)] ?? 0;
      board.put(
        random.below(2),
        0,
        lba48(command, random.below(130), random.below(4)),
        [[random.below(0x10_0000), random.below(3000)]],
        random.below(2) * 0x20,
      );
      board.setPort(random.below(2), 0x38, 1);
    },
  };
};
