import { bytewise, Timeline } from '../../../machine/index.ts';
import { Cmos } from '../../cmos/cmos.ts';
import type { Subject } from '../fuzz.ts';
import { Probe } from '../probe.ts';

/** Two seconds before a year's end, UTC. */
const late = Date.UTC(2026, 11, 31, 23, 59, 58) / 1000;

export const cmos = (): Subject => {
  const time = new Timeline();
  const device = new Cmos(late, new Uint8Array(128), { clock: time, irq: new Probe() });
  return { device, time, windows: [[bytewise(device), 2]] };
};
