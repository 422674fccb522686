/** Snapshots. */
import type { SnapshotRow } from '../../../environment/command/index.ts';
import { showBytes } from '../../../environment/index.ts';
import { age } from '../print/outline.ts';
import { type Column, lines, table } from '../print/table.ts';
import type { View } from './view.ts';

const columns: readonly Column<SnapshotRow>[] = [
  { header: 'ENVIRONMENT', cell: ({ environment }) => environment },
  { header: 'SNAPSHOT', cell: ({ name }) => name, cuts: true },
  { header: 'AGE', cell: ({ createdAt }, { now }) => age(createdAt, now) },
  { header: 'SIZE', cell: ({ bytes }) => showBytes(bytes), right: true },
  { header: 'HOW', cell: ({ how }) => how, cuts: true },
];

export const snapshotRows: View<readonly SnapshotRow[]> = {
  show: (rows, page) => table(columns, rows, page),
  names: (rows) => rows.map(({ environment, name }) => `${environment}/${name}`),
  remark: (rows) => (rows.length === 0 ? 'none yet: isola snapshot create NAME makes one' : undefined),
};

/** Snapshots that something was done to: `web/ready  created  1.2 GiB`. */
export const snapshotDeeds = (did: string): View<readonly SnapshotRow[]> => ({
  show: (rows, page) =>
    lines<SnapshotRow>(
      [{ cell: ({ environment, name }) => `${environment}/${name}` }, { cell: () => did }, { cell: ({ bytes }) => showBytes(bytes) }],
      rows,
      page,
    ),
  names: (rows) => rows.map(({ environment, name }) => `${environment}/${name}`),
});
