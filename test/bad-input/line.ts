/** A command line on a real store, in this process: for what is refused before a program or a terminal is needed. */
import assert from 'node:assert/strict';
import { open } from '../../src/main.ts';
import { main } from '../../src/surface/cli/index.ts';
import { MemoryOutside } from '../memory/outside.ts';

export interface Told {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

export const isola = async (store: string, argv: readonly string[]): Promise<Told> => {
  const outside = new MemoryOutside({ env: { ISOLA_STORE: store } });
  outside.keys.end();
  const status = await main(argv, open, outside);
  return { status, out: outside.text(1), err: outside.text(2) };
};

/** It must be refused with this status: in one sentence that says this, with a remedy, and without a word on standard output. */
export const refuses = async (store: string, argv: readonly string[], exit: number, says: RegExp): Promise<void> => {
  const { status, out, err } = await isola(store, argv);
  const line = `isola ${argv.join(' ')}`;
  assert.match(err, /^isola: [^\n]+\n {2}[^\n]+\n$/, `${line}: a sentence and a remedy`);
  assert.match(err, says, line);
  assert.deepEqual([status, out], [exit, ''], `${line}: ${err}`);
};
