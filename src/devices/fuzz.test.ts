import { test } from 'node:test';
import { guests } from './stage/guest/index.ts';
import { fuzz, Random, spoil } from './stage/index.ts';

/** Those whose commands move much: seeds. */
const fewer: Readonly<Record<string, number>> = { ahci: 4, ideChannel: 8, busMasters: 10, virtioConsole: 4 };
const seeds = 20;

/** Told with the seed that gives it again. */
const each = (name: string, attempt: (random: Random) => void): void => {
  for (let seed = 1; seed <= (fewer[name] ?? seeds); seed++) {
    try {
      attempt(new Random(seed));
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
};

for (const [name, make] of Object.entries(guests)) {
  test(`whatever a guest does to ${name}, its state is one`, () => each(name, (random) => fuzz(make, random, 1000)));

  test(`a state of ${name} that is spoilt is refused, or lived with`, () => each(name, (random) => spoil(make, random, 4)));
}
