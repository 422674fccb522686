/** Programs by chance, interpreted and translated; `tools/node fuzz/isa/lockstep.ts SECONDS [SEED]` tries more of them. Last by hand, 26 November 2026: no finding. */
import { test } from 'node:test';
import { lockstep, locksteps } from '../../fuzz/isa/lockstep.ts';
import { fuzz } from '../../fuzz/mutation.ts';

test('twenty seconds of programs by chance do translated what they do interpreted', (t) => {
  locksteps();
  t.diagnostic(`${fuzz('lockstep', lockstep, 20, 1)} programs`);
});
