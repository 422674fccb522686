import { Timeline } from '../../../machine/index.ts';
import { Hpet } from '../../hpet.ts';
import type { Subject } from '../fuzz.ts';
import { Probe } from '../probe.ts';

export const hpet = (): Subject => {
  const time = new Timeline();
  const device = new Hpet({
    clock: time,
    inputs: new Map([
      [20, new Probe()],
      [21, new Probe()],
    ]),
    irq0: new Probe(),
    irq8: new Probe(),
    legacy: new Probe(),
  });
  const timers = {
    read: (offset: number, bytes: 1 | 2 | 4) => device.read(0x100 + offset, bytes),
    write: (offset: number, value: number, bytes: 1 | 2 | 4) => device.write(0x100 + offset, value, bytes),
  };
  return {
    device,
    time,
    windows: [
      [device, 0x400],
      [timers, 0x60],
      [{ read: device.read.bind(device), write: device.write.bind(device) }, 0x24],
    ],
  };
};
