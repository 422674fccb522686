import { bytewise, Timeline } from '../../../machine/index.ts';
import { Pit } from '../../pit/pit.ts';
import { SystemPorts } from '../../system-port.ts';
import type { Subject } from '../fuzz.ts';
import { Probe } from '../probe.ts';

export const systemPort = (): Subject => {
  const time = new Timeline();
  const pit = new Pit({ clock: time, irq: new Probe() });
  const device = new SystemPorts({
    clock: time,
    a20: new Probe(),
    speakerGate: pit.speakerGate,
    isSpeakerHigh: () => pit.isSpeakerHigh,
    console: () => undefined,
    reset: () => undefined,
    exit: () => undefined,
  });
  const { speaker, fast, post, console, exit } = device;
  return { device, time, windows: [...[speaker, fast, post, console].map((one) => [bytewise(one), 1] as const), [exit, 4]] };
};
