import { test } from 'node:test';
import { Random } from '../../devices/stage/index.ts';
import { fuzzCalls, fuzzRings, fuzzStore } from './stage/fuzz.ts';

for (const [what, attempt] of Object.entries({ hypercalls: fuzzCalls, store: fuzzStore, rings: fuzzRings }))
  test(`whatever a guest of Xen’s does by ${what}, its state is one`, () => {
    for (let seed = 1; seed <= 5; seed++) {
      try {
        attempt(new Random(seed));
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
    }
  });
