/** What every processor must do, however it runs: one suite for all back ends. What one can't do it says itself (`Cpu.can`), and is then not asked. */
import { suite, test } from 'node:test';
import { type Ability, abilities } from '../../../src/machine/index.ts';
import { apic } from './chapter/apic.ts';
import { arrival } from './chapter/arrival.ts';
import { bus } from './chapter/bus.ts';
import { kick } from './chapter/kick.ts';
import { run } from './chapter/run.ts';
import { several } from './chapter/several.ts';
import { state } from './chapter/state.ts';
import { stop } from './chapter/stop.ts';
import { Stand } from './stand.ts';
import type { Chapter, Subject } from './subject.ts';

export const chapters: readonly Chapter[] = [run, kick, arrival, apic, several, bus, state, stop];

export const holdToContract = (subject: Subject): void => {
  // All of a back end can the same.
  let can: ReadonlySet<Ability> | undefined;
  for (const { title, clauses } of chapters)
    suite(`${subject.name}, ${title}`, () => {
      for (const { name, needs, plan, prove } of clauses)
        test(name, { skip: subject.skips[name] ?? false }, async (t) => {
          can ??= subject.board({ processors: 1 }).cpus[0]?.can ?? new Set();
          const missing = needs.find((ability) => can?.has(ability) !== true);
          if (missing === undefined) await prove(new Stand(subject.board(typeof plan === 'function' ? plan() : plan)));
          else t.skip(`it isn't one that ${abilities[missing]}`);
        });
    });
};
