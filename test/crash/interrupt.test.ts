/** Ctrl-C at any moment of any command that changes something: told in one sentence, and nothing is left to repair. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { stage, whyNot } from '../stage/stage.ts';
import { leftovers } from './aftermath.ts';
import { clear, type Deed, deedsOf, passing, prepareFiles } from './deeds.ts';
import { randomFrom } from './random.ts';
import { type Struck, strike } from './strike.ts';
import { World } from './world.ts';

const skip = (await whyNot('os-level')) ?? false;

/** Moments of one run of the tests; another seed finds others: ISOLA_SEED=7 tools/node tools/test.ts test/crash/interrupt.test.ts */
const seed = Number(process.env['ISOLA_SEED'] ?? 2);
const random = randomFrom(seed);

/** Most of a command's first 90 ms is Node's own. */
const loadedMs = 90;

describe(`interrupted commands, seed ${seed}`, { skip }, () => {
  const files = mkdtempSync(join(tmpdir(), 'isola-interrupt-'));
  const playground = stage();
  const world = new World(playground);
  const spans = new Map<Deed, number>();
  prepareFiles(files);
  before(() => world.make());
  after(() => rmSync(files, { recursive: true, force: true }));

  /** Strikes at a moment within the time it took when it was last seen to end. */
  const strikeOnce = async (deed: Deed, againAfterMs?: number): Promise<Struck> => {
    await deed.before?.(world);
    const afterMs = loadedMs + random() * ((spans.get(deed) ?? 400) - loadedMs);
    const group = random() < 0.5;
    const struck = await strike(playground, deed.args, { afterMs }, { signal: 'SIGINT', group, ...(againAfterMs && { againAfterMs }) });
    if (!struck.met) spans.set(deed, Math.max(loadedMs + 20, struck.ms));
    return struck;
  };

  const deeds = deedsOf(files, 20_000 + (process.pid % 20_000)).filter(({ prey }) => prey === undefined);
  for (const deed of deeds) {
    const line = deed.args.join(' ').replaceAll(files, '');

    test(`isola ${line}, interrupted, leaves nothing half made`, async () => {
      const { code, stderr, met } = await strikeOnce(deed);
      const told = `ended with ${code}, ${met ? 'struck' : 'not struck'}: ${stderr}`;
      assert.ok([0, 130].includes(code), told);
      // One that had not begun yet, or whose program inside took the signal, says nothing; one that was as good as done has its say.
      if (code === 130 && stderr !== '') assert.match(stderr, sentenceOf(deed), told);
      // What it was to repair is there still if it had not begun.
      if (deed.verb === 'doctor --repair' && code === 130 && stderr === '') await playground.ok('doctor', '--repair');
      assert.deepEqual(await leftovers(playground), [], told);
      // What it makes outside the store lies beside its place until it is whole.
      assert.deepEqual(
        readdirSync(files).filter((name) => name.startsWith('.') || name.endsWith('.part')),
        [],
        told,
      );
      await world.check();
      const names = (await world.rows()).map(({ name }) => name);
      const fresh = names.filter((name) => passing.some((one) => one === name));
      // A program inside that took the signal has run, and what is to be kept of that is.
      const hasRun = stderr === '' && deed.args.includes('--keep');
      if (code === 130 && makes(deed) && !hasRun) assert.deepEqual(fresh, [], told);
      await clear(playground);
    });
  }

  test('a second Ctrl-C ends at once, and what it leaves is repaired', async () => {
    for (const verb of ['launch', 'clone', 'snapshot restore', 'stop', 'image import', 'cp']) {
      const deed = deeds.find((one) => one.verb === verb)!;
      const { code, stderr } = await strikeOnce(deed, 1 + random() * 40);
      assert.ok([0, 130].includes(code), `isola ${deed.args.join(' ')} ended with ${code}: ${stderr}`);
      await playground.ok('doctor', '--repair');
      assert.deepEqual(await leftovers(playground), [], `after isola ${deed.args.join(' ')}`);
      await world.check();
      await clear(playground);
    }
  });
});

const sentenceOf = ({ args: [verb, noun] }: Deed): RegExp => {
  const words = verb === 'image' || verb === 'snapshot' ? `${verb} ${noun}` : verb;
  return new RegExp(`^isola: isola ${words} was interrupted\\n  nothing half made was left; run it again\\n$`);
};

/** Whether what it is to make is not there if it was interrupted; of several, those that were whole by then stay. */
const makes = ({ verb, args }: Deed): boolean => ['run', 'launch', 'launch --disk', 'clone'].includes(verb) && !args.includes('twin');
