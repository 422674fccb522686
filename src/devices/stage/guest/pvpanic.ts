import type { Window } from '../../../machine/index.ts';
import { Pvpanic } from '../../pvpanic.ts';
import type { Subject } from '../fuzz.ts';
import { VirtioBoard } from '../virtio-board.ts';

export const pvpanic = (): Subject => {
  const board = new VirtioBoard();
  const device = new Pvpanic({ slot: board.slot, panicked: () => {} });
  board.place();
  const config: Window = {
    read: (at, bytes) => board.config(at, bytes),
    write: (at, value, bytes) => board.setConfig(at, value, bytes),
  };
  const region: Window = {
    read: (at, bytes) => board.get(at, bytes),
    write: (at, value, bytes) => board.set(at, value, bytes),
  };
  return {
    device,
    windows: [
      [config, 0x40],
      [region, 0x20],
    ],
  };
};
