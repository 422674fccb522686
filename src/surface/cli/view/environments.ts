/** Environments, and what was done to them. */
import type { Deed, EnvironmentDetail, EnvironmentRow, Result } from '../../../environment/command/index.ts';
import { showSpan } from '../../../environment/index.ts';
import { age, outline } from '../print/outline.ts';
import { type Column, lines, table } from '../print/table.ts';
import type { View } from './view.ts';

const columns: readonly Column<EnvironmentRow>[] = [
  { header: 'NAME', cell: ({ name }) => name },
  { header: 'PHASE', cell: ({ phase }) => phase },
  { header: 'TECHNIQUE', cell: ({ technique }) => technique },
  { header: 'IMAGE', cell: ({ image }) => image, cuts: true },
  { header: 'ADDRESS', cell: ({ address }) => address ?? '' },
  { header: 'PORTS', cell: ({ ports }) => ports.join(' '), cuts: true },
  { header: 'UP', cell: ({ phase, startedAt }, { now }) => (startedAt === null || !isUp(phase) ? '' : age(startedAt, now)) },
  { header: 'EXIT', cell: ({ phase, exit }) => (exit === null || isUp(phase) ? '' : `${exit.code} ${exit.cause ?? ''}`.trim()) },
];

/** A paused one has not ended. */
const isUp = (phase: EnvironmentRow['phase']): boolean => phase === 'running' || phase === 'paused';

export const environmentRows: View<readonly EnvironmentRow[]> = {
  show: (rows, page) => table(columns, rows, page),
  names: (rows) => rows.map(({ name }) => name),
  remark: (rows) => (rows.length === 0 ? 'none yet: isola launch debian/12 NAME makes one' : undefined),
};

export const environmentDetail: View<EnvironmentDetail> = { show: outline };

export const deeds: View<readonly Deed[]> = {
  show: (rows, page) =>
    lines<Deed>(
      [
        { cell: ({ name }) => name },
        { cell: ({ did }) => did },
        // Elsewhere nobody answers at it.
        { cell: ({ phase, address }) => (phase === 'running' ? (address ?? '') : '') },
      ],
      rows,
      page,
    ),
  names: (rows) => rows.map(({ name }) => name),
};

export const waited: View<Result<'wait'>> = {
  show: ({ name, reached, afterMs, exitCode, why }) =>
    `${name} ${reached} after ${showSpan(afterMs)}${exitCode === null ? '' : `, exit status ${exitCode}`}${why === null ? '' : `: ${why}`}\n`,
  names: ({ name }) => [name],
};
