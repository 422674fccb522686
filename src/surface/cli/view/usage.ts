/** What environments use, at most may use, and how often they met the limit. */
import type { UsageRow } from '../../../environment/command/index.ts';
import { showBytes, showSpan } from '../../../environment/index.ts';
import type { Page } from '../print/page.ts';
import { type Column, table } from '../print/table.ts';
import type { View } from './view.ts';

const ofLimit = (used: string, limit: string | null): string => (limit === null ? used : `${used} of ${limit}`);
const percent = (part: number): string => `${part >= 100 ? Math.round(part) : Number(part.toFixed(1))} %`;
const bytesOf = (use: { readonly used: number; readonly limit: number | null }): string =>
  ofLimit(showBytes(use.used), use.limit === null ? null : showBytes(use.limit));

const cpu = ({ cpu: { usedSeconds, percent: share, limitCpus } }: UsageRow): string =>
  share === null ? showSpan(usedSeconds * 1000) : ofLimit(percent(share), limitCpus === null ? null : percent(limitCpus * 100));

/** `memory 12 cpu 3`: the limits that were met since the start. */
const hits = ({ cpu: { throttledPeriods }, memory, pids, disk, network }: UsageRow): string => {
  const counts = {
    cpu: throttledPeriods,
    memory: memory.hits,
    oom: memory.oomKills,
    pids: pids.hits,
    disk: disk?.hits,
    network: network?.hits,
  };
  const met = Object.entries(counts).filter(([, count]) => typeof count === 'number' && count > 0);
  return met.map(([what, count]) => `${what} ${count}`).join(' ');
};

const columns: readonly Column<UsageRow>[] = [
  { header: 'NAME', cell: ({ name }) => name, cuts: true },
  { header: 'CPU', cell: cpu, right: true },
  { header: 'MEMORY', cell: ({ memory }) => bytesOf(memory), right: true },
  { header: 'PIDS', cell: ({ pids }) => ofLimit(`${pids.used}`, pids.limit === null ? null : `${pids.limit}`), right: true },
  { header: 'DISK', cell: ({ disk }) => (disk ? bytesOf(disk) : ''), right: true, spare: 1 },
  { header: 'READ', cell: ({ io }) => (io ? showBytes(io.readBytes) : ''), right: true, spare: 3 },
  { header: 'WRITTEN', cell: ({ io }) => (io ? showBytes(io.writtenBytes) : ''), right: true, spare: 3 },
  { header: 'RECEIVED', cell: ({ network }) => (network ? showBytes(network.receivedBytes) : ''), right: true, spare: 2 },
  { header: 'SENT', cell: ({ network }) => (network ? showBytes(network.sentBytes) : ''), right: true, spare: 2 },
  { header: 'HITS', cell: hits, cuts: true },
];

/** With `least`, columns never get narrower from one reading to the next. */
export const usageTable = (rows: readonly UsageRow[], page: Page, least?: Map<string, number>): string => table(columns, rows, page, least);

export const usageRows: View<readonly UsageRow[]> = { show: (rows, page) => usageTable(rows, page) };
