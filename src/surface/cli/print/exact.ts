/** A result as data, for programs. */
import type { JsonSchema, Shape } from '../../../environment/index.ts';
import type { Format } from '../line/globals.ts';

/** `rows`: the field of the result whose items CSV has as its rows; undefined: the result itself. */
export const exact = async (format: Exclude<Format, 'table'>, result: unknown, shape: Shape<unknown>, rows?: string): Promise<string> => {
  switch (format) {
    case 'json':
      return `${JSON.stringify(result, null, 2)}\n`;
    case 'yaml':
      return (await import('yaml')).stringify(result);
    case 'csv':
      return (await import('./csv.ts')).csv(...tableIn(result, shape.schema, rows));
  }
};

const tableIn = (result: unknown, schema: JsonSchema, rows: string | undefined): readonly [result: unknown, schema: JsonSchema] => {
  if (rows === undefined) return [result, schema];
  const fields = schema['properties'] as Readonly<Record<string, JsonSchema>>;
  return [(result as Readonly<Record<string, unknown>>)[rows], fields[rows] ?? {}];
};

/** Prints answers that come again and again: JSON and YAML as a stream of documents, CSV with one header. */
export const exactStream = async (
  format: Exclude<Format, 'table'>,
  shape: Shape<unknown>,
): Promise<{ readonly head: string; readonly next: (result: unknown) => string }> => {
  switch (format) {
    case 'json':
      return { head: '', next: (result) => `${JSON.stringify(result)}\n` };
    case 'yaml': {
      const { stringify } = await import('yaml');
      return { head: '', next: (result) => `---\n${stringify(result)}` };
    }
    case 'csv': {
      const { csvHeader, csvRows } = await import('./csv.ts');
      return { head: csvHeader(shape.schema), next: (result) => csvRows(result, shape.schema) };
    }
  }
};
