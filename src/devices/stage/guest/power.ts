import { bytewise, Timeline } from '../../../machine/index.ts';
import { Power } from '../../acpi/power.ts';
import type { Subject } from '../fuzz.ts';
import { Probe } from '../probe.ts';

export const power = (): Subject => {
  const time = new Timeline();
  const device = new Power({ clock: time, sci: new Probe(), powerOff: () => undefined });
  return {
    device,
    time,
    windows: [
      [device.pm1, 12],
      [bytewise(device.gpe), 4],
      [bytewise(device.smi), 2],
    ],
    also: (random) => (random.below(2) === 0 ? device.pressPowerButton() : device.raise(random.below(16))),
  };
};
