import { bytewise } from '../../../machine/index.ts';
import { GenericEvents, genericPorts } from '../../acpi/generic-events.ts';
import type { Subject } from '../fuzz.ts';
import { Probe } from '../probe.ts';

export const genericEvents = (): Subject => {
  const device = new GenericEvents({ interrupt: new Probe(), powerOff: () => undefined, reset: () => undefined });
  return {
    device,
    windows: [[bytewise(device.ports), genericPorts]],
    also: (random) => (random.below(2) === 0 ? device.pressPowerButton() : device.plugged()),
  };
};
