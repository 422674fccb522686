import { bytewise, Timeline } from '../../../machine/index.ts';
import { Pit } from '../../pit/pit.ts';
import type { Subject } from '../fuzz.ts';
import { Probe } from '../probe.ts';

export const pit = (): Subject => {
  const time = new Timeline();
  const device = new Pit({ clock: time, irq: new Probe() });
  return { device, time, windows: [[bytewise(device), 4]], also: (random) => device.speakerGate.set(random.below(2) === 0) };
};
