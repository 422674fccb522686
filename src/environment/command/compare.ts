/** The verb that measures what each technique costs. */
import { Refusal } from '../refusal.ts';
import { type TechniqueName, techniqueNames } from '../spec.ts';
import { comparison } from './comparison.ts';
import { asText } from './options.ts';
import { flag, perhaps, value, verb } from './verb.ts';

/** `os-level,paravirtualization`. */
const parseTechniques = (text: string): readonly TechniqueName[] => {
  const names = text.split(',').map((word) => techniqueNames.find((name) => name === word.trim()));
  const known = names.filter((name) => name !== undefined);
  if (known.length < names.length)
    throw new Refusal('malformed-value', ['--techniques', text, `name some of ${techniqueNames.join(', ')}, with commas between`]);
  return [...new Set(known)];
};

export const compare = verb({
  words: ['compare'],
  summary: 'Measure what each technique costs here, against the bare host',
  details:
    'The same program works in environments of every technique that this host can run and beside them, in slices of some milliseconds that take turns; in sessions, each with environments of its own. Figures are medians with 95 % intervals, and the bare host against itself is the noise floor. The last result is kept in the store, and told where a technique is chosen.',
  operands: { image: perhaps('IMAGE', 'image', 'what the environments are made from; busybox if left away') },
  options: {
    techniques: value('LIST', parseTechniques, 'only these, with commas between', { usually: 'all that work here' }),
    quick: flag('less than two minutes; this is what is done without --full'),
    full: flag('less than fifteen minutes, and narrower intervals'),
    last: flag('measure nothing: show the last result of this host'),
    chart: value('FILE', asText, 'also draw it there, as SVG', { names: 'host path' }),
    markdown: value('FILE', asText, 'also write it there, as a Markdown table', { names: 'host path' }),
  },
  examples: [
    { line: 'compare', does: 'what works here, in busybox, in less than two minutes' },
    { line: 'compare debian/12 --full --chart costs.svg', does: 'narrower intervals, and a picture' },
    { line: 'compare --techniques os-level', does: 'one technique against the bare host' },
    { line: 'compare --last --format csv', does: 'the last result, a line for each figure' },
  ],
  rows: 'figures',
  result: comparison,
});
