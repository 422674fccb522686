import { TestDevice } from '../../test-device.ts';
import type { Subject } from '../fuzz.ts';
import { Probe } from '../probe.ts';

export const testDevice = (): Subject => {
  const device = new TestDevice({ lines: Array.from({ length: 24 }, () => new Probe()), flush: () => {} });
  return {
    device,
    windows: [
      [device.data, 4],
      [device.byte, 4],
      [device.flush, 4],
      [device.lines, 24],
      [device.memory, 0x1_0000],
    ],
  };
};
