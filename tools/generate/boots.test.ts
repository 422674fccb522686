import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figureRow, ratioRow } from '../../bench/measure/row.ts';
import { medianInterval, ratioInterval } from '../../src/measure/index.ts';
import { withBoots } from './boots.ts';

const machine = { processor: 'a processor', processors: 2 } as Parameters<typeof withBoots>[1]['machine'];
const both = (group: string, ours: number, theirs: Readonly<Record<string, number>>) => [
  figureRow(medianInterval([ours]), { group, name: 'isola', quantity: 'CPU time', unit: 's' }),
  ...Object.entries(theirs).flatMap(([name, value]) => [
    figureRow(medianInterval([value]), { group, name, quantity: 'CPU time', unit: 's' }),
    ratioRow(ratioInterval([ours], [value]), { group, name: 'isola', quantity: 'CPU time', against: name }),
  ]),
];

test('each system is a line with the seconds of each and isola’s part of them; a peer that can’t boot it has an empty cell', () => {
  const rows = [...both('of 32 bits', 3, { Bochs: 6, v86: 1.5 }), ...both('of 64 bits', 4, { Bochs: 5 })];
  const page = withBoots('before\n<!-- boots -->\nold\n<!-- /boots -->\nafter\n', { date: '2026-11-26T14:00:00Z', machine, rows });
  assert.equal(
    page,
    `before
<!-- boots -->

|            | isola | Bochs      | v86         |
| ---------- | ----- | ---------- | ----------- |
| of 32 bits | 3 s   | 6 s: 0.50× | 1.5 s: 2.0× |
| of 64 bits | 4 s   | 5 s: 0.80× |             |

On 2026-11-26, 2 × a processor.

<!-- /boots -->
after
`,
  );
});
