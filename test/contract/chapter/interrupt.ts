import assert from 'node:assert/strict';
import type { DoctorReport } from '../../../src/environment/command/index.ts';
import { type Struck, strike } from '../../crash/strike.ts';
import { type Chapter, clause } from '../clause.ts';
import type { Ground } from '../ground.ts';

/** Most of the first 90 ms of a command is Node's own. */
const loadedMs = 90;
/** Moments of the way from there to the end of the command. */
const moments = [0.2, 0.5, 0.8];

/** Interrupts a command at a share of the time it takes, and finds that nothing has to be repaired. */
const interruptAt = async (on: Ground, args: readonly string[], wholeMs: number, share: number): Promise<Struck> => {
  const afterMs = loadedMs + share * Math.max(0, wholeMs - loadedMs);
  const struck = await strike(on.stage, on.line(args), { afterMs }, { signal: 'SIGINT', group: true });
  const told = `isola ${args.join(' ')} after ${Math.round(afterMs)} ms ended with ${struck.code}: ${struck.stderr}`;
  assert.ok([0, 130].includes(struck.code), told);
  assert.deepEqual(await on.faults(), [], told);
  return struck;
};

export const interrupt: Chapter = {
  title: 'Interrupted, or killed at work',
  clauses: [
    clause('Ctrl-C while it is launched leaves nothing', ['launch', 'list', 'doctor'], async (on) => {
      const start = performance.now();
      await on.hold(on.image, 'whole');
      const wholeMs = performance.now() - start;
      await on.ok('delete', '--force', 'whole');
      for (const share of moments) {
        const { code } = await interruptAt(on, ['launch', '--hold', on.image, 'struck'], wholeMs, share);
        assert.deepEqual(await on.names(), code === 0 ? ['struck'] : []);
        await on.clear();
      }
    }),

    clause('Ctrl-C while it starts leaves it stopped', ['start', 'list', 'doctor'], async (on) => {
      await on.hold('--no-start', on.image, 'struck');
      const start = performance.now();
      await on.ok('start', 'struck');
      const wholeMs = performance.now() - start;
      for (const share of moments) {
        await on.ok('stop', '--force', 'struck');
        const { code } = await interruptAt(on, ['start', 'struck'], wholeMs, share);
        assert.equal(await on.phase('struck'), code === 0 ? 'running' : 'stopped');
      }
      await on.ok('start', 'struck');
      assert.equal(await on.inside('struck', 'echo well'), 'well\n');
    }),

    clause('Ctrl-C ends what run runs, and leaves nothing', ['run', 'list', 'doctor'], async (on) => {
      const struck = await strike(
        on.stage,
        on.line(['run', on.image, '--', 'sleep', '1000']),
        { afterMs: 2000 },
        { signal: 'SIGINT', group: true },
      );
      assert.equal(struck.code, 130, struck.stderr);
      assert.deepEqual(await on.names(), []);
      assert.deepEqual(await on.faults(), []);
    }),

    clause('an isola that is killed while it launches is undone by the next', ['launch', 'doctor', 'list'], async (on) => {
      const start = performance.now();
      await on.hold(on.image, 'whole');
      const wholeMs = performance.now() - start;
      for (const share of moments) {
        const struck = await strike(on.stage, on.line(['launch', '--hold', on.image, 'struck']), { afterMs: loadedMs + share * wholeMs });
        assert.deepEqual((await on.data<DoctorReport>('doctor', '--repair')).repaired, true);
        assert.deepEqual(await on.faults(), [], `after ${share} of the way`);
        const names = await on.names();
        if (struck.code === 0) assert.ok(names.includes('struck'));
        for (const name of names) assert.match(await on.phase(name), /running|stopped/);
        await on.isola('delete', '--force', 'struck');
      }
      assert.equal(await on.inside('whole', 'echo well'), 'well\n');
    }),
  ],
};
