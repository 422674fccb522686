/**
 * Two quick comparisons one after the other say the same, and what os-level costs is within its bars. Not among the usual tests, for it takes four
 * minutes and wants a quiet machine: tools/node tools/test.ts test/compare/agreement.long.ts.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Comparison, Figure } from '../../src/environment/command/index.ts';
import { stage, whyNot } from '../stage/stage.ts';

const least = 0.9;
/** The most that being inside an environment of os-level may cost: the interval reaches below it. */
const bar = 1.03;
const barred = ['cpu', 'memory', 'fault', 'exec', 'direct'];

suite('two comparisons', { skip: (await whyNot('os-level')) ?? false }, async () => {
  const here = stage();
  const results: Comparison[] = [];

  test('each take less than two minutes', async () => {
    await here.ok('run', 'busybox', '--', 'true');
    for (let run = 0; run < 2; run++) results.push(await here.data<Comparison>('compare'));
    for (const { seconds } of results) assert.ok(seconds < 120, `${seconds} s`);
  });

  test('agree within their own intervals on nine rows of ten', () => {
    const [one, other] = results.map(({ figures }) => figures.filter(({ value }) => value !== null));
    const pairs = one!.flatMap((figure) => {
      const twin = other!.find(({ what, subject }) => what === figure.what && subject === figure.subject);
      return twin === undefined ? [] : [[figure, twin] as const];
    });
    const differing = pairs.filter(([figure, twin]) => !overlap(figure, twin)).map(([{ name, subject }]) => `${name}, ${subject}`);
    console.log(`${pairs.length - differing.length} of ${pairs.length} agree`, differing);
    assert.ok(1 - differing.length / pairs.length >= least, differing.join('; '));
  });

  test('say of os-level what it has to be', () => {
    for (const { figures } of results)
      for (const figure of figures.filter(({ what, subject }) => subject === 'os-level' && barred.includes(what))) {
        const { name, value, low, high } = figure;
        console.log(`${name}: ${value} (${low} to ${high})`);
        assert.ok(low! <= bar, `${name}: ${low} to ${high}`);
      }
  });
});

const overlap = (one: Figure, other: Figure): boolean => one.low! <= other.high! && other.low! <= one.high!;
