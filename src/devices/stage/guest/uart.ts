import { bytewise } from '../../../machine/index.ts';
import { Uart } from '../../uart.ts';
import type { Subject } from '../fuzz.ts';
import { Probe } from '../probe.ts';

export const uart = (): Subject => {
  const device = new Uart({ irq: new Probe(), line: { transmit: () => undefined } });
  return {
    device,
    windows: [[bytewise(device), 8]],
    also: (random) => {
      for (let count = random.below(20); count > 0; count--) device.receive(random.below(256));
    },
  };
};
