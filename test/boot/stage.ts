/** What a computer's monitor shows, read by tests. */
import type { Booted } from '../../src/environment/index.ts';
import type { Screen } from '../../src/machine/index.ts';
import { characters } from '../../src/terminal/index.ts';

/** Lines without the spaces at their ends; none in graphics modes. */
export const linesOf = (screen: Screen): readonly string[] => {
  if (screen.kind !== 'text') return [];
  const { columns, rows, cells } = screen;
  return Array.from({ length: rows }, (_, row) =>
    cells
      .slice(row * columns, (row + 1) * columns)
      .map(({ code }) => characters[code])
      .join('')
      .trimEnd(),
  );
};

/** Until the monitor shows this; throws when it is off without having shown it. */
export const until = async ({ monitor }: Booted, text: string): Promise<readonly string[]> => {
  let lines: readonly string[] = [];
  for await (const screen of monitor.screens) {
    lines = linesOf(screen);
    if (lines.join('\n').includes(text)) return lines;
  }
  throw new Error(`it never showed ${text}, but ${lines.join('\n')}`);
};
