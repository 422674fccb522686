/**
 * Comma-separated values: RFC 4180. Columns follow from the schema, so they are the same for every answer: nested fields are
 * named with dots, lists are joined by spaces, and what is nested in a list is JSON.
 */
import type { JsonSchema } from '../../../environment/index.ts';

/** Every line ends with CRLF, the header line too. */
export const csv = (result: unknown, schema: JsonSchema): string => csvHeader(schema) + csvRows(result, schema);

export const csvHeader = (schema: JsonSchema): string => record(paths(rowOf(schema)).map((path) => path.join('.')));

export const csvRows = (result: unknown, schema: JsonSchema): string => {
  const rows: readonly unknown[] = Array.isArray(result) ? result : [result];
  const columns = paths(rowOf(schema));
  return rows.map((row) => record(columns.map((path) => cell(path.reduce(descend, row))))).join('');
};

const rowOf = (schema: JsonSchema): JsonSchema => (schema['type'] === 'array' ? (schema['items'] as JsonSchema) : schema);

/** The way to every field that isn't itself a record with known fields. */
const paths = (schema: JsonSchema): readonly (readonly string[])[] => {
  const inner = Array.isArray(schema['anyOf']) ? (schema['anyOf'] as readonly JsonSchema[]).find((one) => one['type'] !== 'null') : schema;
  const properties = inner?.['properties'] as Readonly<Record<string, JsonSchema>> | undefined;
  if (!properties) return [[]];
  return Object.entries(properties).flatMap(([key, field]) => paths(field).map((path) => [key, ...path]));
};

const descend = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : undefined;

const cell = (value: unknown): string => {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map((item) => (typeof item === 'object' ? JSON.stringify(item) : String(item))).join(' ');
  if (typeof value !== 'object') return String(value);
  return Object.entries(value)
    .map(([key, one]) => `${key}=${one}`)
    .join(' ');
};

const record = (cells: readonly string[]): string =>
  `${cells.map((text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join(',')}\r\n`;
