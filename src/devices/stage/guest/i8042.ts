import { bytewise, Timeline } from '../../../machine/index.ts';
import { I8042 } from '../../i8042/i8042.ts';
import { type Key, keys } from '../../i8042/keys.ts';
import type { Subject } from '../fuzz.ts';
import { Probe } from '../probe.ts';

const names = Object.keys(keys) as Key[];

export const i8042 = (): Subject => {
  const time = new Timeline();
  const device = new I8042({ clock: time, keyboardIrq: new Probe(), mouseIrq: new Probe(), a20: new Probe(), reset: () => undefined });
  return {
    device,
    time,
    windows: [[bytewise({ read: (offset) => device.read(4 * offset), write: (offset, value) => device.write(4 * offset, value) }), 2]],
    also: (random) => {
      const key = names[random.below(names.length)];
      if (key === undefined) return;
      device.press(key);
      if (random.below(2) === 0) device.release(key);
      device.move(random.below(2000) - 1000, random.below(2000) - 1000, random.below(20) - 10, random.word());
    },
  };
};
