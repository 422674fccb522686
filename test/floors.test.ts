import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { wings } from '../tools/floors.ts';

const root = join(import.meta.dirname, '..');
const names = Object.keys(wings);

/** Wings it may import, and those they may. */
const reachable = (wing: string): ReadonlySet<string> =>
  new Set((wings[wing]?.below ?? []).flatMap((below) => [below, ...reachable(below)]));

/** A line that takes something from another wing. */
const importing = (from: string, what: string): string => `import * as other from '${relative(from, what)}/index.ts';\nexport { other };\n`;

/** What the compiler says of each file that it complains about, by its path below src. */
const complaintsIn = (house: string, projects: readonly string[] = ['src']): ReadonlyMap<string, string> => {
  const { stdout, error } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['--build', ...projects], {
    cwd: house,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  assert.equal(error, undefined);
  const said = new Map<string, string>();
  for (const [, file = '', words = ''] of stdout.matchAll(/^src\/(.+?)\(\d+,\d+\): error (.*)$/gm)) said.set(file, words);
  return said;
};

/** What may be imported is said by the wings' tsconfig.json alone, so it is the same of wings that have one file each: the compiler reads all of src once for each wing otherwise. */
suite('in a house of empty wings', () => {
  let house: string;
  before(() => {
    house = mkdtempSync(join(tmpdir(), 'isola-floors-'));
    for (const part of ['tsconfig.base.json', 'package.json', ...names.map((name) => `src/${name}/tsconfig.json`)])
      cpSync(join(root, part), join(house, part), { recursive: true });
    for (const name of names) writeFileSync(join(house, 'src', name, 'index.ts'), `export const name = '${name}';\n`);
    symlinkSync(join(root, 'node_modules'), join(house, 'node_modules'));
  });
  after(() => rmSync(house, { recursive: true, force: true }));

  const complaints = (added: readonly (readonly [file: string, text: string])[]): ReadonlyMap<string, string> => {
    for (const [file, text] of added) writeFileSync(join(house, 'src', file), text);
    try {
      return complaintsIn(
        house,
        names.map((name) => `src/${name}`),
      );
    } finally {
      for (const [file] of added) rmSync(join(house, 'src', file));
    }
  };

  test('a wing may take from every wing the table puts below it', () => {
    const added = names.flatMap((wing) =>
      (wings[wing]?.below ?? []).map((below, at) => [`${wing}/downward-${at}.ts`, importing(wing, below)] as const),
    );
    assert.ok(added.length > names.length);
    assert.deepEqual([...complaints(added)], []);
  });

  test('a wing takes nothing from a wing above it or beside it', () => {
    const forbidden = names.flatMap((wing) =>
      names
        .filter((other) => other !== wing && !reachable(wing).has(other))
        .map(
          // In the order of the floors: of a file that several import, the compiler complains where it is first met.
          (other, at) => [`${wing}/forbidden-${String(at).padStart(2, '0')}.ts`, wing, other] as const,
        ),
    );
    assert.ok(forbidden.length > 2 * names.length);
    const said = complaints(forbidden.map(([file, wing, other]) => [file, importing(wing, other)]));
    for (const [file, wing, other] of forbidden)
      assert.match(said.get(file) ?? 'the compiler said nothing', /^TS(6059|6307)\b/, `${wing} imports ${other}`);
  });
});

suite('in a copy of the house', () => {
  let house: string;
  before(() => {
    house = mkdtempSync(join(tmpdir(), 'isola-floors-'));
    // With what the gate has compiled, where it has: the compiler begins from there.
    for (const part of ['src', 'tsconfig.base.json', 'package.json', '.isola/types'].filter((part) => existsSync(join(root, part))))
      cpSync(join(root, part), join(house, part), { recursive: true, preserveTimestamps: true });
    symlinkSync(join(root, 'node_modules'), join(house, 'node_modules'));
  });
  after(() => rmSync(house, { recursive: true, force: true }));

  test('everything compiles as it is', () => {
    assert.deepEqual([...complaintsIn(house)], []);
  });

  /** One file each that spells a word of Node's. */
  const words = {
    'a module of files': "import { readFileSync } from 'node:fs';\nexport const it = readFileSync;\n",
    'a module by its old name': "import { readFileSync } from 'fs';\nexport const it = readFileSync;\n",
    'the process': 'export const it = process.argv;\n',
    'a buffer': "export const it = Buffer.from('');\n",
    'the environment’s way out': "export const it = globalThis.process.env['HOME'];\n",
  } as const;
  /** And a word of Node's and of browsers'. */
  const shared = {
    'a timer': 'export const it = setTimeout(() => {}, 1);\n',
    'the console': "export const it = () => console.log('');\n",
    'the network': "export const it = fetch('http://localhost/');\n",
  } as const;
  const without = names.filter((name) => !wings[name]?.node);
  const spelling = (wing: string): ReadonlyMap<string, string> => {
    const all = wings[wing]?.browser === true ? words : { ...words, ...shared };
    return new Map(Object.values(all).map((text, at) => [`${wing}/forbidden-${at}.ts`, text]));
  };
  let said: ReadonlyMap<string, string> | undefined;
  /** All wings in one build, upon what these are made of: a type of Node's that one of their own files had brought in would be there. */
  const complaintsOfAll = (): ReadonlyMap<string, string> => {
    for (const [file, text] of without.flatMap((name) => [...spelling(name)])) writeFileSync(join(house, 'src', file), text);
    return complaintsIn(
      house,
      without.map((name) => `src/${name}`),
    );
  };
  for (const wing of without) {
    test(`${wing} can’t spell anything of Node’s`, () => {
      said ??= complaintsOfAll();
      const ofWing = [...said.keys()].filter((file) => file.startsWith(`${wing}/`));
      assert.deepEqual(ofWing.sort(), [...spelling(wing).keys()].sort());
    });
  }

  test('all wings below the one that knows an operating system are without Node', () => {
    const floor = wings['host']?.floor ?? 0;
    const knowing = names.filter((name) => (wings[name]?.floor ?? 0) <= floor && wings[name]?.node);
    assert.deepEqual(knowing, ['host']);
  });
});
