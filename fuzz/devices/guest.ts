/** A guest that does anything to a device, and one whose state somebody spoilt: neither throws, and the state stays within its schema. */
import { guests } from '../../src/devices/stage/guest/index.ts';
import { fuzz, Random, spoil } from '../../src/devices/stage/index.ts';
import type { Target } from '../targets.ts';

const target = (name: string, make: (typeof guests)[string]): Target => ({
  what: `whatever a guest does to ${name}, its state is one, and one that is spoilt is refused or lived with`,
  load: async () => (random) => {
    const seeded = new Random(random(2 ** 31));
    fuzz(make, seeded, 300);
    spoil(make, seeded, 4);
  },
});

export const deviceTargets: Readonly<Record<string, Target>> = Object.fromEntries(
  Object.entries(guests).map(([name, make]) => [name, target(name, make)]),
);
