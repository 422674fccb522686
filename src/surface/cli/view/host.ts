/** The host and isola itself. */
import type { DoctorReport, Result } from '../../../environment/command/index.ts';
import { outline } from '../print/outline.ts';
import type { Page } from '../print/page.ts';
import { lines } from '../print/table.ts';
import type { View } from './view.ts';

type Check = DoctorReport['checks'][number];
type Row = Pick<Check, 'what' | 'state' | 'detail' | 'remedy'>;

const paints = { good: 'green', note: 'yellow', bad: 'red' } as const;

export const doctorReport: View<DoctorReport> = {
  show: ({ techniques, checks, leftovers, repaired }, page) =>
    [
      section('Techniques', techniques.map(asRow), page),
      section('Host and store', checks, page),
      leftoverSection(leftovers, repaired, page),
    ]
      .filter((text) => text !== '')
      .join('\n'),
  status: ({ checks, leftovers, repaired }) => (checks.some(({ state }) => state === 'bad') || (leftovers.length > 0 && !repaired) ? 1 : 0),
};

/** A technique this host lacks is noteworthy: another may do. */
const asRow = ({ name, works, detail, remedy }: DoctorReport['techniques'][number]): Row => ({
  what: name,
  state: works ? 'good' : 'note',
  detail: detail === '' ? (works ? 'works' : 'does not work') : detail,
  remedy,
});

const section = (heading: string, rows: readonly Row[], page: Page): string => {
  if (rows.length === 0) return '';
  const text = lines<Row>(
    [{ cell: ({ what }) => `  ${what}` }, { cell: ({ state }) => state }, { cell: ({ detail }) => detail }],
    rows,
    page,
  );
  const body = text
    .split('\n')
    .slice(0, -1)
    .flatMap((line, index) => withRemedy(line, rows[index], page));
  return `${page.paint('bold', heading)}\n${body.join('\n')}\n`;
};

const withRemedy = (line: string, row: Row | undefined, { paint }: Page): readonly string[] => {
  if (!row) return [line];
  const painted = line.replace(/(?<= {2})(good|note|bad)(?= |$)/, (state) => paint(paints[row.state], state));
  return row.remedy === null ? [painted] : [painted, `    ${paint('dim', `→ ${row.remedy}`)}`];
};

const leftoverSection = (leftovers: readonly string[], repaired: boolean, page: Page): string => {
  if (leftovers.length === 0) return '';
  const heading = repaired ? 'Left over, and removed now' : 'Left over; isola doctor --repair removes it';
  return `${page.paint('bold', heading)}\n${leftovers.map((one) => `  ${one}\n`).join('')}`;
};

export const versionReport: View<Result<'version'>> = {
  show: ({ isola, node, programs }, page) => outline({ isola, node, ...programs }, page),
};
