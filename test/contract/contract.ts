/**
 * What every technique must do. One contract of clauses; what a technique can't do it lists with a reason in subjects.ts, and that
 * list is what users read as its limits.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { TechniqueName } from '../../src/environment/index.ts';
import { provideMachines } from '../stage/machines.ts';
import { patienceMs } from '../stage/patience.ts';
import { whyNot } from '../stage/stage.ts';
import { boot } from './chapter/boot.ts';
import { change } from './chapter/change.ts';
import { console } from './chapter/console.ts';
import { end } from './chapter/end.ts';
import { files } from './chapter/files.ts';
import { images } from './chapter/images.ts';
import { inside } from './chapter/inside.ts';
import { interrupt } from './chapter/interrupt.ts';
import { library } from './chapter/library.ts';
import { life } from './chapter/life.ts';
import { limits } from './chapter/limits.ts';
import { network } from './chapter/network.ts';
import { run } from './chapter/run.ts';
import { snapshots } from './chapter/snapshots.ts';
import type { Chapter, Clause, Subject } from './clause.ts';
import { Ground } from './ground.ts';
import { subjects } from './subjects.ts';

export const chapters: readonly Chapter[] = [
  run,
  life,
  end,
  interrupt,
  boot,
  inside,
  console,
  files,
  network,
  limits,
  change,
  snapshots,
  library,
  images,
];

/** With ISOLA_NEEDLESS=1 also what is skipped is tried, and fails if it passes. */
const triesSkipped = process.env['ISOLA_NEEDLESS'] === '1';

/** Holds a technique to the contract, or to what of it each run of all tests proves; where it doesn't work, that is skipped with the reason. */
export const holdToContract = async (technique: TechniqueName, extent: 'daily' | 'whole' = 'daily'): Promise<void> => {
  const subject = subjects.find((one) => one.technique === technique);
  if (subject === undefined) throw new Error(`subjects.ts does not have ${technique}`);
  const missing = await whyNot(technique);
  if (missing !== undefined) return void test(`${technique} keeps the contract`, { skip: missing });
  const on = new Ground(subject, await othersOf(technique));
  if ([subject, ...on.others].some(({ technique: one }) => ['emulation', 'virtualization'].includes(one)))
    before(() => provideMachines(on.stage));
  after(() => on.leave());
  for (const { clauses } of chapters)
    for (const clause of clauses) {
      if (extent === 'daily' && subject.daily?.includes(clause.name) === false) continue;
      const declared = subject.skips[clause.name];
      const reason = triesSkipped ? undefined : declared;
      void test(`${technique}: ${clause.name}`, { timeout: patienceMs, ...(reason !== undefined && { skip: reason }) }, async (t) => {
        if (declared === undefined) {
          const untried = await prove(clause, on);
          if (untried !== undefined) t.skip(untried);
          return;
        }
        const fails = await prove(clause, on).then(
          () => false,
          () => true,
        );
        assert.ok(fails, `it passes, so its skip is needless: ${declared}`);
        t.skip(declared);
      });
    }
};

/** Of those that work here, in a ring, the half that comes before it: so each two are proved together once, and none is left out. */
const othersOf = async (technique: TechniqueName): Promise<readonly Subject[]> => {
  const reasons = await Promise.all(subjects.map((one) => whyNot(one.technique)));
  const ring = subjects.filter((_, index) => reasons[index] === undefined);
  const at = ring.findIndex((one) => one.technique === technique);
  return Array.from({ length: Math.floor(ring.length / 2) }, (_, back) => ring.at(at - 1 - back)).filter((one) => one !== undefined);
};

/** Returns why it can't be tried here. */
const prove = async (clause: Clause, on: Ground): Promise<string | undefined> => {
  on.used.clear();
  let proved = false;
  try {
    const untried = await clause.prove(on);
    proved = true;
    if (untried !== undefined) return untried;
  } finally {
    // What failed may have left the shared environment in any state.
    await on.clear({ sharedToo: !proved });
  }
  const unused = clause.verbs.filter((verb) => !on.used.has(verb));
  assert.deepEqual(unused, [], 'verbs it is said to be about, and did not use');
  return undefined;
};
