/** A VGA of ours beside QEMU's: both are told the same, and what one reads is to be what the other reads. */

import { guest, stage } from '../../../src/devices/vga/stage/stage.ts';
import type { PixelScreen, Width, Window } from '../../../src/machine/index.ts';
import type { Ppm, Qtest } from './qtest.ts';

const letters: Readonly<Record<Width, string>> = { 1: 'b', 2: 'w', 4: 'l' };

export const pairOf = (qtest: Qtest) => {
  // As much as QEMU's has.
  const { vga, memory } = stage(16 * 2 ** 20);
  const both = (window: Window, from: number, [read, write]: readonly [string, string], isTold: (offset: number) => boolean): Window => ({
    read: (offset, bytes) => {
      const value = window.read(offset, bytes);
      qtest.say(`${read}${letters[bytes]} ${from + offset}`, isTold(offset) ? value : undefined);
      return value;
    },
    write: (offset, value, bytes) => {
      window.write(offset, value, bytes);
      qtest.say(`${write}${letters[bytes]} ${from + offset} ${value}`);
    },
  });
  const ports = ['in', 'out'] as const;
  const pair = {
    // Where the beam is hangs on the time.
    ports: both(vga.ports, 0x3b0, ports, (offset) => offset !== 0x2a && offset !== 0x0a),
    window: both(vga.window, 0xa_0000, ['read', 'write'], () => true),
    dispi: both(vga.dispi, 0x1ce, ports, () => true),
  };
  /** Of ours alone. */
  const heightTold = (): number => vga.registers.read(0x50e, 2);
  return { vga, memory, heightTold, ...guest(pair) };
};

/** QEMU makes eight bits of six by repeating the lowest, not the highest: of these levels both make the same. */
export const level = (value: number): number => ((value & 8) === 0 ? (value & 7) * 2 : 49 + (value & 7) * 2);

/** The first pixel that differs. A picture may be a whole number of times as wide and as high as the other. `bits`: of each part which count. */
export const difference = (ours: PixelScreen, theirs: Ppm, bits = 0xff): string | undefined => {
  const [scaleX, scaleY] = [theirs.width / ours.width, theirs.height / ours.height];
  if (!Number.isInteger(scaleX) || !Number.isInteger(scaleY))
    return `${ours.width} × ${ours.height} is not ${theirs.width} × ${theirs.height}`;
  for (let y = 0; y < theirs.height; y++)
    for (let x = 0; x < theirs.width; x++) {
      const [from, to] = [(Math.floor(y / scaleY) * ours.width + Math.floor(x / scaleX)) * 4, (y * theirs.width + x) * 3];
      for (let part = 0; part < 3; part++)
        if ((((ours.rgba[from + part] ?? 0) ^ (theirs.rgb[to + part] ?? 0)) & bits) !== 0)
          return `${x}, ${y}: ${[...ours.rgba.subarray(from, from + 3)]} is not ${[...theirs.rgb.subarray(to, to + 3)]}`;
    }
  return undefined;
};
