import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { addressOf, leftovers, lowerBridge, planBridge, plug, raiseBridge, unplug } from '../index.ts';
import { type Actor, environment, runtimeDirectory, setScene, unfit } from '../stage/stage.ts';

const count = 500;
const sample = 50;

const timed = async (work: () => unknown): Promise<number> => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};

describe(`${count} environments on one bridge`, { skip: unfit ?? false }, () => {
  test('are plugged as fast at last as at first, all have their name, and all go', async (t) => {
    await setScene();
    const plan = planBridge('f00d', '10.60.0.0/20', runtimeDirectory('f00d'));
    await raiseBridge(plan);
    const actors: Actor[] = [];
    while (actors.length < count) actors.push(...(await Promise.all(Array.from({ length: 10 }, () => environment()))));

    const took: number[] = [];
    /** What a program takes to start in the same moments: others are at work on this computer, and not always as many. */
    const pace: number[] = [];
    for (const [slot, { pid }] of actors.entries()) {
      const publish = [{ protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 20_000 + slot, port: 80 } as const];
      const port = {
        slot,
        pid,
        ip: addressOf(plan.subnet, slot).ip,
        names: [`e${slot}`],
        publish: slot % 2 ? publish : [],
        rateBits: null,
      };
      const ms = await timed(() => plug(plan, port));
      if (slot % 2 === 0) {
        took.push(ms);
        pace.push(await timed(() => spawnSync('ip', ['-Version'])));
      }
    }
    // The least of several is what they disturb least.
    const share = (from: number, to?: number): number => Math.min(...took.slice(from, to)) / Math.min(...pace.slice(from, to));
    const [first, last] = [share(1, sample), share(-sample)];
    t.diagnostic(`first ${first.toFixed(1)} times a program’s start, last ${last.toFixed(1)} times`);
    assert.ok(last < first * 1.5, `the first took ${first} times a program’s start, the last ${last} times`);

    const visitor = actors[0]!;
    for (const slot of [0, 1, 250, 499]) assert.equal(visitor.probe('name', plan.gateway, `e${slot}`), addressOf(plan.subnet, slot).ip);
    assert.match(visitor.sh(`busybox ping -c1 -W1 ${addressOf(plan.subnet, 499).ip}`), /1 packets received/);

    await unplug(plan, 250);
    assert.equal(visitor.probe('name', plan.gateway, 'e250'), 'no such name');
    await lowerBridge(plan);
    assert.deepEqual(await leftovers(plan), []);
  });
});
