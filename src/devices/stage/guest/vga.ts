import { Timeline } from '../../../machine/index.ts';
import { Vga } from '../../vga/index.ts';
import type { Subject } from '../fuzz.ts';

/** What is shown is looked at now and then. */
export const vga = (): Subject => {
  const time = new Timeline();
  const device = new Vga({ clock: time, memory: new Uint8Array(0x8_0000) });
  return {
    device,
    windows: [
      [device.ports, 0x30],
      [device.ports, 0x30],
      [device.window, 0x2_0000],
      [device.dispi, 4],
      [device.registers, 4096],
    ],
    time,
    also: (random) => {
      // Pictures are large: not all of them.
      if (random.below(8) !== 0) return;
      const screen = random.below(2) === 0 ? device.snapshot() : device.picture();
      const has = screen.kind === 'pixels' ? screen.rgba.length : screen.cells.length;
      const wanted = screen.kind === 'pixels' ? screen.width * screen.height * 4 : screen.columns * screen.rows;
      if (has !== wanted) throw new Error(`a picture of ${wanted} has ${has}`);
      for (const { from, end } of device.changes()) if (from >= end) throw new Error(`what changed ends at ${end}, before ${from}`);
    },
  };
};
