import { PciHotplug } from '../../acpi/hotplug.ts';
import type { Subject } from '../fuzz.ts';

export const pciHotplug = (): Subject => {
  const device = new PciHotplug({ raise: () => undefined, eject: () => undefined, slots: 0xffff_ff00 });
  return {
    device,
    windows: [[device.window, 16]],
    also: (random) => (random.below(2) === 0 ? device.came(8 + random.below(24)) : device.shallGo(8 + random.below(24))),
  };
};
