import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusal, type Running, type Supervisor } from '../../../environment/index.ts';
import type { Interrupts } from '../telling/interrupts.ts';
import type { Errand } from './errand.ts';
import { carryProgram } from './program.ts';

test('a program that was started while its command was interrupted is ended', { timeout: 10_000 }, async () => {
  const abort = new AbortController();
  const asked: string[] = [];
  const exit = Promise.withResolvers<{ readonly code: number }>();
  const running = {
    exit: exit.promise,
    signal: (name: string) => {
      asked.push(name);
      exit.resolve({ code: 143 });
    },
  } as unknown as Running;
  const supervisor = {
    // Nobody looks at the signal any more when it comes.
    run: async () => {
      abort.abort(new Refusal('interrupted', ['isola run']));
      return running;
    },
    [Symbol.dispose]: () => {},
  } as unknown as Supervisor;
  const errand = {
    ...{ name: 'run', input: {}, globals: { quiet: true, verbose: false }, outside: { isTerminal: () => false } },
    interrupts: { signal: abort.signal, forwardOnce: () => {} } as unknown as Interrupts,
    open: async () => supervisor,
  } as unknown as Errand;
  await assert.rejects(carryProgram(errand), { code: 'interrupted' });
  assert.deepEqual(asked, ['SIGTERM']);
});
