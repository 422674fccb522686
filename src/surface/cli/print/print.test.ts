import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import type { JsonSchema } from '../../../environment/index.ts';
import { csv } from './csv.ts';
import { exact, exactStream } from './exact.ts';
import { outline } from './outline.ts';
import type { Page } from './page.ts';
import { type Column, table } from './table.ts';

const page: Page = { columns: undefined, rows: undefined, now: Date.parse('2026-01-02T03:04:05Z'), paint: (_, text) => text };
type Row = { readonly name: string; readonly size: string; readonly note: string };
const columns: readonly Column<Row>[] = [
  { header: 'NAME', cell: ({ name }) => name, cuts: true },
  { header: 'SIZE', cell: ({ size }) => size, right: true },
  { header: 'NOTE', cell: ({ note }) => note, cuts: true, spare: 1 },
];
const rows: readonly Row[] = [
  { name: 'a', size: '1 B', note: '' },
  { name: 'a-rather-long-name', size: '12.5 MiB', note: 'über Ä' },
];

test('columns are aligned, empty cells have a hyphen, no line ends in spaces', () => {
  assert.equal(
    table(columns, rows, page),
    ['NAME                    SIZE  NOTE', 'a                        1 B  -', 'a-rather-long-name  12.5 MiB  über Ä', ''].join('\n'),
  );
});

test('a table without rows is its header', () => assert.equal(table(columns, [], page), 'NAME  SIZE  NOTE\n'));

test('on a narrow terminal spare columns go first, then the widest text is cut', () => {
  const at = (width: number): readonly string[] =>
    table(columns, rows, { ...page, columns: width })
      .trimEnd()
      .split('\n');
  for (const width of [80, 36, 35, 28, 20, 18]) for (const line of at(width)) assert.ok([...line].length <= width, `${width}: ${line}`);
  assert.match(at(80)[0] ?? '', /NOTE/);
  assert.doesNotMatch(at(30)[0] ?? '', /NOTE/);
  assert.equal(at(20)[2], 'a-rather-…  12.5 MiB');
});

test('foreign control characters never reach the terminal', () => {
  const hostile = table(columns, [{ name: '\x1b[2Jgone', size: '\r', note: 'a\nb' }], page);
  assert.doesNotMatch(hostile.replaceAll('\n', ''), /\p{Cc}/u);
  assert.equal(hostile.split('\n').length, 3);
  assert.doesNotMatch(outline({ name: '\x1b[2J', list: ['\x07'] }, page).replaceAll('\n', ''), /\p{Cc}/u);
});

test('an outline shows quantities as people read them', () => {
  const shown = outline(
    {
      name: 'web',
      createdAt: '2026-01-02T03:04:00Z',
      stopGraceMs: 10_000,
      limits: { memoryBytes: 1024 ** 3, networkBits: 50e6, ioReadBytes: 10 * 1024 ** 2 },
      ports: [],
      names: ['a', 'b'],
      env: {},
      list: [{ hostPort: 1, readOnly: false }],
      busy: null,
      init: true,
    },
    page,
  );
  assert.equal(
    shown,
    `name: web
created: 2026-01-02T03:04:00Z, 5 s ago
stop grace: 10 s
limits:
  memory: 1 GiB
  network: 50 Mbit/s
  io read: 10 MiB/s
ports: none
names: a, b
env: none
list:
  - host port 1, read only false
busy: -
init: yes
`,
  );
});

const nullable = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] });
const text = { type: 'string' };
const schema: JsonSchema = {
  type: 'array',
  items: {
    type: 'object',
    properties: {
      name: text,
      inner: nullable({ type: 'object', properties: { used: { type: 'number' }, limit: nullable({ type: 'number' }) } }),
      ports: { type: 'array', items: text },
      env: { type: 'object', additionalProperties: text },
      parts: { type: 'array', items: { type: 'object', properties: { a: text } } },
    },
  },
};
const data = [
  { name: 'plain', inner: { used: 1.5, limit: null }, ports: ['80', '443'], env: { A: '1', B: '2' }, parts: [{ a: 'x' }] },
  { name: 'with, "quotes"\r\nand lines', inner: null, ports: [], env: {}, parts: [] },
];

test('CSV has a column for every nested field, whatever the rows hold', () => {
  assert.equal(csv([], schema), 'name,inner.used,inner.limit,ports,env,parts\r\n');
  assert.equal(csv(data, schema).split('\r\n')[1], 'plain,1.5,,80 443,A=1 B=2,"{""a"":""x""}"');
});

test('CSV is read back by another program', (context) => {
  const program = 'import csv,json,sys; print(json.dumps(list(csv.reader(sys.stdin))))';
  const python = spawnSync('python3', ['-X', 'utf8', '-c', `import sys; sys.stdin.reconfigure(newline=""); ${program}`], {
    input: csv(data, schema),
  });
  if (python.error) return context.skip(`python3 can't be run: ${python.error.message}`);
  const [header, first, second] = JSON.parse(python.stdout.toString()) as string[][];
  assert.deepEqual(header, ['name', 'inner.used', 'inner.limit', 'ports', 'env', 'parts']);
  assert.deepEqual(first, ['plain', '1.5', '', '80 443', 'A=1 B=2', '{"a":"x"}']);
  assert.deepEqual(second, ['with, "quotes"\r\nand lines', '', '', '', '', '']);
});

const shape = { schema, check: (value: unknown) => value };

test('YAML and JSON hold the same data', async () => {
  const { parse, parseAllDocuments } = await import('yaml');
  assert.deepEqual(parse(await exact('yaml', data, shape)), data);
  assert.deepEqual(JSON.parse(await exact('json', data, shape)), data);
  const yaml = await exactStream('yaml', shape);
  const documents = parseAllDocuments(yaml.head + yaml.next(data) + yaml.next([]));
  assert.deepEqual(
    documents.map((document) => document.toJS() as unknown),
    [data, []],
  );
});

test('answers one after the other: a line of JSON each, one header of CSV', async () => {
  const json = await exactStream('json', shape);
  const lines = (json.head + json.next(data) + json.next([])).trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line) as unknown),
    [data, []],
  );
  const rows = await exactStream('csv', shape);
  assert.equal(rows.head + rows.next([data[0]]) + rows.next([data[0]]), csv([data[0], data[0]], schema));
});
