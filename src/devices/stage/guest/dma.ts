import { bytewise, type Line } from '../../../machine/index.ts';
import { Dma } from '../../dma/dma.ts';
import type { Subject } from '../fuzz.ts';
import { Ram } from '../ram.ts';

/** With a peer on channel 2 that has some bytes, and room for some. */
export const dma = (): Subject => {
  const device = new Dma({ memory: new Ram(0x40_0000) });
  let [room, has] = [0, 0];
  const request: Line = device.attach(2, {
    take: (bytes) => {
      const count = Math.min(bytes.length, room);
      room -= count;
      if (room === 0) request.set(false);
      return count;
    },
    give: (into) => {
      const count = Math.min(into.length, has);
      into.fill(1, 0, count);
      has -= count;
      if (has === 0) request.set(false);
      return count;
    },
    end: () => request.set(false),
  });
  return {
    device,
    windows: [
      [bytewise(device.low), 16],
      [bytewise(device.high), 32],
      [bytewise(device.pages), 15],
    ],
    also: (random) => {
      [room, has] = [random.below(70_000), random.below(3000)];
      request.set(random.below(2) === 0);
    },
  };
};
