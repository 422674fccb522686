/** How a comparison looks in each form: golden files, made from one that is made up. */

import { chart, markdown } from '../../src/measure/index.ts';
import { comparison } from '../../src/surface/cli/view/comparison.ts';
import { madeUp } from '../../test/memory/comparison.ts';

const folder = 'test/golden/comparison';

export const comparisonSamples = (): readonly (readonly [path: string, text: string])[] => {
  const page = { rows: undefined, now: 0, paint: (_: string, text: string) => text };
  return [
    [`${folder}/chart.svg`, chart(madeUp)],
    [`${folder}/table.md`, markdown(madeUp)],
    [`${folder}/terminal.txt`, comparison.show(madeUp, { ...page, columns: undefined })],
    [`${folder}/terminal-80.txt`, comparison.show(madeUp, { ...page, columns: 80 })],
  ];
};
