/** One source as the join reads it: the same exports, on the same lines. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Script } from 'node:vm';
import { readModule } from '../../tools/join/module.ts';
import { called, complete, divide, late } from '../../tools/join/packs.ts';

const root = mkdtempSync(join(tmpdir(), 'isola-module-'));
after(() => rmSync(root, { recursive: true, force: true }));

const read = (text: string): ReturnType<typeof readModule> => {
  writeFileSync(join(root, 'one.ts'), text);
  return readModule(root, 'one.ts');
};
writeFileSync(join(root, 'b.ts'), 'export const three = 3;\n');
const others: Readonly<Record<string, object>> = { 'a.ts': { one: 1, two: 2 }, 'b.ts': { three: 3 } };
const evaluate = (text: string): Record<string, unknown> => {
  const { body } = read(text);
  assert.match(body, /^[\0-\x7f]*$/);
  const made = (path: string): object => others[path] ?? assert.fail(path);
  const load = new Script(`((__meta, __made, __late, __later, __outside, __require) => {${body}})`).runInThisContext();
  return load(
    { dirname: '/here' },
    made,
    made,
    async (path: string) => made(path),
    async (name: string) => name,
    (name: string) => ({ name }),
  );
};

test('imports and exports of every form that occurs mean the same', async () => {
  const { constant, twice, Kind, Kindless, renamed, one, later, where, rest, ...left } = evaluate(`
    // Indented, and so no import: import { nothing } from './nowhere.ts';
import { one as first, type Kindred } from './a.ts';
import type { Nothing } from './nowhere.ts';
import {
  two,
} from './a.ts';
import * as all from './b.ts';
import { name } from 'node:fs';
export const constant: number = first + two + all.three;
export async function* twice(): AsyncIterable<string> { yield name; }
export abstract class Kindless { }
export class Kind<T> extends Kindless { import(path: string): T | string { return path; } }
const local = 'ä “quoted” ✓ 😀';
export { local as renamed };
export type { Nothing };
export { one } from './a.ts';
export * from './b.ts';
export * as rest from './a.ts';
export const later = async (): Promise<readonly unknown[]> => [(await import('./b.ts')).three, await import('yaml')];
export const where = import.meta.dirname;
`);
  assert.equal(constant, 6);
  assert.equal((await (twice as () => AsyncIterator<string>)().next()).value, 'node:fs');
  assert.equal(new (Kind as new () => { import(path: string): string })().import('x'), 'x');
  assert.equal(typeof Kindless, 'function');
  assert.equal(renamed, 'ä “quoted” ✓ 😀');
  assert.deepEqual(await (later as () => Promise<unknown>)(), [3, 'yaml']);
  assert.deepEqual({ one, where, rest, ...left }, { one: 1, where: '/here', rest: { one: 1, two: 2 }, three: 3 });
});

test('what is needed at once and what later is told apart', () => {
  const { needs, later, exports } = read(
    "import { a, d as e } from './a.ts';\nexport { b as f } from '../b.ts';\nexport const c = () => import('./sub/c.ts');\nexport * from './b.ts';\n",
  );
  assert.deepEqual([needs, later], [new Map([['a.ts', new Set(['a', 'd'])]]), ['sub/c.ts']]);
  // What passes through is another one's, which is evaluated for whoever wants it.
  assert.deepEqual(
    [...exports],
    [
      ['c', undefined],
      ['f', { path: '../b.ts', name: 'b' }],
      ['three', { path: 'b.ts', name: 'three' }],
    ],
  );
});

test('of what Node loads when it is first called, only functions are imported', () => {
  const called = ['node:crypto'];
  const joined = (text: string): string => {
    writeFileSync(join(root, 'one.ts'), text);
    return readModule(root, 'one.ts', { late: [], called }).body;
  };
  const text =
    "import { hash as digest, randomBytes } from 'node:crypto';\nexport const x = (): string => digest('sha256', randomBytes(1));\n";
  assert.match(joined(text), /^const \{ hash: digest, randomBytes: randomBytes \} = __called\("node:crypto"\);\n/);
  assert.match(joined("import * as all from 'node:crypto';\n"), /__require\("node:crypto"\)/);
  assert.throws(
    () => joined("import { Hash } from 'node:crypto';\n"),
    /one\.ts: of node:crypto only functions are imported, which Hash isn't/,
  );
});

test('places stay', () => {
  const lines = read("import {\n  a,\n} from './a.ts';\nexport const x = 'ü', y: string = a;\nthrow new Error(y);\n").body.split('\n');
  assert.equal(lines[3]?.indexOf('x'), 13);
  assert.equal(lines[4], 'throw new Error(y);');
});

test('another form is refused by name', () => {
  assert.throws(() => read('export default 7;\n'), /one\.ts: can't join "export default 7;"/);
  assert.throws(() => read("import './a.ts';\n"), /can't join "import '\.\/a\.ts';"/);
});

test('the sources of this checkout can be joined, each once', () => {
  const packs = divide((path) => readModule(join(import.meta.dirname, '../..'), path, { late, called }));
  const paths = packs.flat().map(({ path }) => path);
  assert.equal(new Set(paths).size, paths.length);
  // The process of a machine begins with its pack alone, so that has also what it needs of commands' packs, and of each no more than that.
  const whole = complete(packs);
  const machines = new Set(whole[3]?.map(({ path }) => path));
  for (const module of whole[3] ?? []) for (const [need] of module.needs) assert.ok(machines.has(need), `${module.path} needs ${need}`);
  const doubled = whole.flat().length - paths.length;
  assert.ok(doubled > 0 && doubled < 60, `${doubled}`);
});
