/** A comparison as Markdown. */
import type { Comparison, Figure } from '../environment/command/index.ts';
import { complexityText, intervalText, machineText, occasionText, pivot, valueText } from './pivot.ts';

/** Tables of what was measured and of what is known, with where and when. */
export const markdown = (comparison: Comparison): string => {
  const { techniques, machine, image } = comparison;
  return [
    `# ${image} under every technique, against the bare host\n`,
    `${measuredTable(comparison)}\n`,
    ...techniques.filter(({ works }) => !works).map(({ name, detail }) => `${name} was not measured: ${detail}.\n`),
    ...reasons(comparison).map((sentence) => `${sentence}\n`),
    `${knownTable(comparison)}\n`,
    `${machineText(machine)}, ${machine.system}, ${machine.fileSystem}; isola ${comparison.isola}; ${occasionText(comparison)}.`,
    '',
  ].join('\n');
};

/** What was measured, a row each, with the 95 % interval behind the value. */
export const measuredTable = (comparison: Comparison): string => {
  const rows = pivot(comparison);
  const names = measuredNames(comparison);
  return aligned([
    ['', ...names, 'bare host again'],
    ...rows.map(({ name, figures, noise }) => [
      name,
      ...names.map((technique) => cell(figures.find(({ subject }) => subject === technique))),
      noise === undefined ? '' : cell(noise),
    ]),
  ]);
};

/** What is known without measuring. */
export const knownTable = ({ techniques }: Comparison): string => {
  const resources = [...new Set(techniques.flatMap(({ access }) => Object.keys(access)))];
  return aligned([
    ['', ...techniques.map(({ name }) => name)],
    ['boots', ...techniques.map(({ breadth }) => breadth)],
    ['complexity', ...techniques.map(({ complexity }) => complexityText(complexity))],
    ...resources.map((resource) => [
      `the host’s ${resource.replace(/^host /, '')}`,
      ...techniques.map(({ access }) => access[resource] ?? ''),
    ]),
  ]);
};

/** Sentences for figures without a value. */
export const reasons = ({ figures }: Comparison): readonly string[] =>
  figures.flatMap(({ name, subject, value, reason }) => (value === null ? [`${name}, ${subject}: ${reason ?? 'not measured'}.`] : []));

/** A table as the formatter wants it: columns of one width, a rule below the first line. */
export const aligned = ([head = [], ...rows]: readonly (readonly string[])[]): string => {
  const lines = [head, ...rows].map((cells) => cells.map((text) => text.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(3, ...lines.map((cells) => cells[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`;
  const [first = [], ...others] = lines;
  return [line(first), line(widths.map((width) => '-'.repeat(width))), ...others.map(line)].join('\n');
};

const measuredNames = ({ techniques, figures }: Comparison): readonly string[] =>
  techniques.map(({ name }) => name).filter((name) => figures.some(({ subject }) => subject === name));

const cell = (figure: Figure | undefined): string => {
  if (figure?.value == null) return '-';
  const interval = intervalText(figure);
  return `${valueText(figure)}${interval === '' ? '' : ` (${interval})`}`;
};
