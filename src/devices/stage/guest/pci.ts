import type { Window } from '../../../machine/index.ts';
import type { Subject } from '../fuzz.ts';
import { PciBoard } from '../pci-board.ts';
import { Card } from '../pci-card.ts';

/** A card with regions of every kind, and MSI-X. */
export const pciCard = (): Subject => {
  const board = new PciBoard();
  const card = new Card(board.bus.slot(3));
  const config: Window = {
    read: (at, bytes) => card.readConfig(at, bytes),
    write: (at, value, bytes) => card.writeConfig(at, value, bytes),
  };
  const memory: Window = {
    read: (at, bytes) => board.addresses.read(0xe000_0000 + at, bytes),
    write: (at, value, bytes) => board.addresses.write(0xe000_0000 + at, value, bytes),
  };
  const windows = [
    [config, 256],
    [memory, 0x1000],
  ] as const;
  return { device: card, windows, words: [0xe000_0000, 0x8000, 6, 0xc001], also: (random) => card.raise(random.below(4)) };
};

/** Addresses of the bridges' own registers. */
const words = [0x8000_0800, 0x8000_0000, 0x8000_0860, 0x8000_0058, 0x8000_0070];

export const hostBridge = (): Subject => {
  const board = new PciBoard();
  return { device: board.host, windows: [[board.host.ports, 8]], words };
};

export const isaBridge = (): Subject => {
  const board = new PciBoard();
  return {
    device: board.isa,
    windows: [[board.host.ports, 8]],
    words,
    also: (random) => board.isa.pirq(random.below(4), random.below(2) === 0),
  };
};
