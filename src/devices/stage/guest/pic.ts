import { bytewise } from '../../../machine/index.ts';
import { Pic } from '../../pic/pic.ts';
import type { Subject } from '../fuzz.ts';
import { Probe } from '../probe.ts';

export const pic = (): Subject => {
  const device = new Pic({ intr: new Probe() });
  return {
    device,
    windows: [
      [bytewise(device.master), 2],
      [bytewise(device.slave), 2],
      [bytewise(device.elcr), 2],
    ],
    also: (random) => {
      device.inputs[random.below(16)]?.set(random.below(2) === 0);
      if (random.below(2) === 0) device.acknowledge();
    },
  };
};
