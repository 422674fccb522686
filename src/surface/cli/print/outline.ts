/** One record as indented `key: value` text, with quantities as people read them. */
import { showBitRate, showBytes, showSpan } from '../../../environment/index.ts';
import type { Page } from './page.ts';
import { printable } from './table.ts';

/** Every line ends with a newline. */
export const outline = (value: object, page: Page): string =>
  entriesOf(value, page, 0)
    .map((text) => `${text}\n`)
    .join('');

const entriesOf = (value: object, page: Page, depth: number): readonly string[] => {
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return entries.flatMap(([key, one]) => {
    const label = `${'  '.repeat(depth)}${page.paint('bold', `${labelOf(key)}:`)}`;
    if (isRecord(one)) return isEmpty(one) ? [`${label} none`] : [label, ...entriesOf(one, page, depth + 1)];
    if (Array.isArray(one) && one.some(isRecord)) return [label, ...one.map((item) => `${'  '.repeat(depth + 1)}- ${inline(item)}`)];
    return [`${label} ${leaf(key, one, page)}`];
  });
};

/** `createdAt` → `created`, `stopGraceMs` → `stop grace`. */
const labelOf = (key: string): string =>
  printable(key.replace(/(?<=[a-z])(At|Ms|Bytes|Bits)$/, '').replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`));

const leaf = (key: string, value: unknown, page: Page): string => {
  if (value === null) return '-';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map((item) => printable(String(item))).join(', ');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return quantity(key, value);
  if (typeof value !== 'string') return printable(JSON.stringify(value));
  if (key.endsWith('At')) return `${printable(value)}, ${age(value, page.now)} ago`;
  return value === '' ? '-' : printable(value);
};

const quantity = (key: string, value: number): string => {
  if (/^io.*Bytes$/.test(key)) return `${showBytes(value)}/s`;
  if (/bytes$/i.test(key)) return showBytes(value);
  if (key.endsWith('Bits')) return showBitRate(value);
  if (key.endsWith('Ms')) return showSpan(value);
  return `${value}`;
};

const inline = (value: unknown): string =>
  isRecord(value)
    ? Object.entries(value)
        .map(([key, one]) => `${labelOf(key)} ${isRecord(one) || Array.isArray(one) ? JSON.stringify(one) : printable(String(one))}`)
        .join(', ')
    : printable(String(value));

/** Time since an RFC 3339 time. */
export const age = (time: string, now: number): string => showSpan(Math.max(0, now - Date.parse(time)));

const isRecord = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);
const isEmpty = (value: object): boolean => Object.keys(value).length === 0;
