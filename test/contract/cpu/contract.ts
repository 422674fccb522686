/** What every processor must do, however it runs: one suite for all back ends. What one can't do it says itself (`Cpu.can`), and is then not asked. */
import { suite, test } from 'node:test';
import { abilities } from '../../../src/machine/index.ts';
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
  for (const { title, clauses } of chapters)
    suite(`${subject.name}, ${title}`, () => {
      for (const { name, needs, plan, prove } of clauses)
        test(name, { skip: subject.skips[name] ?? false }, async (t) => {
          const stand = new Stand(subject.board(typeof plan === 'function' ? plan() : plan));
          const missing = needs.find((ability) => !stand.cpu.can.has(ability));
          if (missing === undefined) await prove(stand);
          else t.skip(`it isn't one that ${abilities[missing]}`);
        });
    });
};
