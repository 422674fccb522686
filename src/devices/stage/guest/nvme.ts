import type { Window } from '../../../machine/index.ts';
import type { Subject } from '../fuzz.ts';
import { MemoryDisk } from '../memory-disk.ts';
import { NvmeBoard } from '../nvme-board.ts';

export const nvme = (): Subject => {
  const board = new NvmeBoard(new MemoryDisk(0x1_0000));
  const region: Window = {
    read: (at, bytes) => board.addresses.read(0xe000_0000 + at, bytes),
    write: (at, value, bytes) => board.addresses.write(0xe000_0000 + at, value, bytes),
  };
  return {
    device: board.nvme,
    windows: [
      [region, 0x40],
      [region, 0x4000],
    ],
    words: [0x46_0001, 0x46_0000, 0x1_0000, 0x2_0000, 0x7_0007, 1, 2],
    also: (random) => {
      if ((board.get(0x1c) & 1) === 0) {
        board.set(0x14, 0);
        board.enable();
      }
      const word = (): number => [random.word(), random.below(8), random.below(2), 0x7_0001, 0x1_0001, 0x1_0003][random.below(6)] ?? 0;
      for (let count = 0; count < 4; count++) {
        const queue = random.below(3);
        board.put(queue, random.below(16), {
          namespace: random.below(3),
          prp1: random.below(0x100) * 0x1000,
          prp2: random.below(0x200) * 0x800,
          words: [word(), word(), word(), word()],
        });
        board.ring(queue);
        board.take(queue);
      }
    },
  };
};
