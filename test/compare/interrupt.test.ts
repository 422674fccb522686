/** A comparison that is broken off: by Ctrl-C, which undoes it, and by a kill, after which the next command does. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EnvironmentRow } from '../../src/environment/command/index.ts';
import { until } from '../../src/host/program/processes.ts';
import { leftovers } from '../crash/aftermath.ts';
import { strike } from '../crash/strike.ts';
import { stage, whyNot } from '../stage/stage.ts';

const skip = (await whyNot('os-level')) ?? false;

/** While it loads, makes environments, starts others, and works in them. */
const momentsMs = [300, 1200, 2500, 9000] as const;
/** Computers would take all of these to make what they begin with. */
const command = ['compare', '--techniques', 'os-level,paravirtualization'] as const;

describe('a comparison that is broken off', { skip }, () => {
  const playground = stage();
  const directory = `${playground.store}/compare`;
  const isGone = () => until(() => !existsSync(directory), 20_000);
  before(() => playground.ok('run', 'busybox', '--', 'true'));
  // Whoever asks for a store that is gone has another one made.
  after(() => (existsSync(playground.store) ? playground.isola('doctor', '--repair') : undefined));

  /** Another isola that it had started, to see how long that takes, goes on by itself, and ends. */
  const ended = async (): Promise<void> => {
    const running = async (): Promise<boolean> =>
      (await playground.data<EnvironmentRow[]>('list')).some(({ ephemeral, name }) => ephemeral && name.startsWith('run-'));
    for (const end = Date.now() + 20_000; (await running()) && Date.now() < end; ) await sleep(100);
  };

  for (const afterMs of momentsMs) {
    test(`by Ctrl-C after ${afterMs} ms leaves nothing`, async () => {
      const { code, stderr, met } = await strike(playground, command, { afterMs }, { signal: 'SIGINT', group: true });
      assert.deepEqual([code, met], [130, true], stderr);
      if (stderr !== '') assert.match(stderr, /^isola: isola compare was interrupted\n/);
      assert.deepEqual(await leftovers(playground), []);
      assert.equal(existsSync(directory), false);
    });

    test(`by a kill after ${afterMs} ms leaves what the next command removes`, async () => {
      const { met } = await strike(playground, command, { afterMs });
      assert.ok(met);
      await playground.ok('run', 'busybox', '--', 'true');
      await ended();
      assert.deepEqual(await playground.data<EnvironmentRow[]>('list'), []);
      await playground.ok('doctor', '--repair');
      // The bare host's sides end when nobody asks them any more.
      assert.ok(await isGone());
      assert.deepEqual(await leftovers(playground), []);
    });
  }
});
