/** Text set to a width. */
import { type Outside, sizeOf } from '../telling/outside.ts';

export const widthOf = (outside: Outside): number => (outside.isTerminal(1) ? Math.min(100, sizeOf(outside.stdout).columns) : 80);

/** Lines of at most `width`, each with `indent`; words longer than that stand alone. */
export const wrap = (text: string, width: number, indent = ''): readonly string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > width) {
      lines.push(indent + line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, indent + line];
};

export type Entry = readonly [term: string, text: string];

const termsWidest = 26;

/** The column explanations begin in, so that all but the longest terms fit beside them. */
export const columnFor = (entries: readonly Entry[]): number => {
  const lengths = entries.map(([term]) => term.length).filter((length) => length <= termsWidest);
  return 2 + Math.max(0, ...lengths) + 2;
};

/** Terms with their explanations beside them, or below where a term is long. */
export const definitions = (entries: readonly Entry[], width: number, column = columnFor(entries)): readonly string[] =>
  entries.flatMap(([term, text]) => {
    const [first = '', ...more] = wrap(text, width, ' '.repeat(column));
    const head = `  ${term}`;
    return head.length + 2 <= column ? [head.padEnd(column) + first.slice(column), ...more] : [head, first, ...more];
  });
