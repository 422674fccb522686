/** A screen's text alone. */
import type { Screen } from '../../machine/index.ts';
import { characters } from '../cp437.ts';

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
