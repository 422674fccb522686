/** What users are shown compiles against the library's types, as strictly as a program can be compiled. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';

const root = join(import.meta.dirname, '../..');
const place = mkdtempSync(join(root, '.isola/types-of-users-'));
after(() => rmSync(place, { recursive: true }));

/** Each becomes a program of its own. */
const programs = ['README.md', 'docs/api.md'].flatMap((page) =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text = '']) => ({ page, text })),
);

const compile = (files: Readonly<Record<string, string>>): string => {
  const compilerOptions = { noEmit: true, rootDir: root, declaration: false, composite: false, types: ['node'], noUnusedLocals: false };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(place, name), text);
  const config = { extends: join(root, 'tsconfig.base.json'), compilerOptions, files: Object.keys(files) };
  writeFileSync(
    join(place, 'tsconfig.json'),
    JSON.stringify({ ...config, compilerOptions: { ...compilerOptions, emitDeclarationOnly: false } }),
  );
  return spawnSync(join(root, 'node_modules/.bin/tsc'), ['--project', place], { encoding: 'utf8' }).stdout;
};

test('every program in the README and in docs/api.md', () => {
  assert.ok(programs.length >= 7);
  const given = 'declare const generatedCode: string;\n';
  assert.equal(
    compile(Object.fromEntries(programs.map(({ text }, index) => [`p${index}.ts`, text.includes('generatedCode') ? given + text : text]))),
    '',
  );
});

test('a program that misunderstands them does not', () => {
  const said = compile({
    'wrong.ts': `import { Isola } from 'isola';
await using isola = await Isola.open();
await using box = await isola.create('busybox', { memroy: '64M' });
const { exitcode } = await box.exec(['true']);
await box.waitFor('redy');
await isola.do('snapshot lisst', {});
(await box.stats()).memory.used.length;
`,
  });
  for (const line of [3, 4, 5, 6, 7]) assert.match(said, new RegExp(`wrong\\.ts\\(${line},\\d+\\): error`), said);
});
