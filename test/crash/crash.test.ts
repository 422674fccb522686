/** A bounded kill loop; the long one is kill-loop.ts itself. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whyNot } from '../stage/stage.ts';
import { killLoop } from './kill-loop.ts';
import { machineDeedsOf } from './machine-deeds.ts';

const kills = 60;
const seed = Number(process.env['ISOLA_SEED'] ?? 1);

test(`commands killed at ${kills} random moments leave nothing that isola doctor --repair does not mend, seed ${seed}`, {
  skip: (await whyNot('os-level')) ?? false,
}, async (context) => {
  const { faults, commands } = await killLoop(kills, seed, () => {});
  const met = Object.entries(commands).map(([verb, tally]) => `${verb} ${tally.kills}`);
  context.diagnostic(`killed: ${met.join(', ')}`);
  assert.deepEqual(faults, [], `again, line by line: tools/node test/crash/kill-loop.ts ${kills} ${seed}`);
});

const machineKills = 12;

test(`commands on machines killed at ${machineKills} random moments leave nothing either, seed ${seed}`, {
  skip: (await whyNot('os-level')) ?? (await whyNot('paravirtualization')) ?? false,
}, async () => {
  const { faults } = await killLoop(machineKills, seed, () => {}, machineDeedsOf);
  assert.deepEqual(faults, [], `again, line by line: tools/node test/crash/kill-loop.ts --machines ${machineKills} ${seed}`);
});
