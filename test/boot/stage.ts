/** What a computer's monitor shows, read by tests. */
import type { Booted } from '../../src/environment/index.ts';
import { linesOf } from '../../src/terminal/index.ts';

/** Until the monitor shows this; throws when it is off without having shown it. */
export const until = async ({ monitor }: Booted, text: string): Promise<readonly string[]> => {
  let lines: readonly string[] = [];
  for await (const screen of monitor.screens) {
    lines = linesOf(screen);
    if (lines.join('\n').includes(text)) return lines;
  }
  throw new Error(`it never showed ${text}, but ${lines.join('\n')}`);
};
