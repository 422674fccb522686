import { IoApic } from '../../ioapic.ts';
import type { Subject } from '../fuzz.ts';

export const ioapic = (): Subject => {
  const device = new IoApic({ processors: { deliver: () => undefined } });
  // Its registers are 16 bytes apart.
  const near = {
    read: (offset: number, bytes: 1 | 2 | 4) => device.read((offset & ~3) * 4, bytes),
    write: (offset: number, value: number, bytes: 1 | 2 | 4) => device.write((offset & ~3) * 4, value, bytes),
  };
  return {
    device,
    windows: [
      [near, 20],
      [device, 0x1000],
    ],
    also: (random) => device.inputs[random.below(24)]?.set(random.below(2) === 0),
  };
};
