import { bytewise } from '../../../machine/index.ts';
import { Uart } from '../../uart.ts';
import type { Subject } from '../fuzz.ts';
import { Probe } from '../probe.ts';

export const uart = (): Subject => {
  let isBusy = false;
  const line = {
    transmit: (byte: number) => {
      isBusy = (byte & 3) === 0;
    },
    get isBusy() {
      return isBusy;
    },
  };
  const device = new Uart({ irq: new Probe(), line });
  return {
    device,
    windows: [[bytewise(device), 8]],
    also: (random) => {
      isBusy &&= random.below(2) === 0;
      device.release();
      for (let count = random.below(20); count > 0; count--) device.receive(random.below(256));
    },
  };
};
