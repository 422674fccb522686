/**
 * The npm package: `tools/node tools/pack.ts [DIRECTORY]` writes isola-VERSION.tgz there. Node strips no types below node_modules, so what
 * is published is JavaScript with declarations, made from src by the compiler and by nothing else.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { buildAll } from './build-guest.ts';
import { pageFiles } from './build-page.ts';

const root = join(import.meta.dirname, '..');
const staging = join(root, '.isola/package');

const run = (program: string, args: readonly string[], cwd: string): string => {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stdout}${stderr}`);
  return stdout;
};

const compilerOptions = {
  composite: false,
  emitDeclarationOnly: false,
  allowImportingTsExtensions: false,
  rewriteRelativeImportExtensions: true,
  types: ['node'],
  rootDir: join(root, 'src'),
  outDir: join(staging, 'dist'),
};

/** Starts as the checkout's launcher does, with the reader's own Node. */
const program = `#!/usr/bin/env -S node --disable-warning=ExperimentalWarning
import { enableCompileCache } from 'node:module';

enableCompileCache();
await import('../dist/cli.js');
`;

/** What is published derives its interpreter, whose name tells the sources it was made of. */
const derived = `
const { readyInterpreter } = await import('./dist/computer/engine/interpreter.js');
if (readyInterpreter('programs/interpreter').path === undefined) throw new Error('the interpreter was not written');
`;

const published = (): object => {
  const { name, version, description, license, type, engines, os, dependencies } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  return {
    ...{ name, version, description, license, type, engines, os, dependencies },
    bin: { isola: 'bin/isola.js' },
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' }, './package.json': './package.json' },
    files: ['bin', 'dist', 'docs', 'programs', 'CHANGELOG.md'],
  };
};

/** Returns the archive's path. */
export const pack = (directory: string): string => {
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(join(staging, 'bin'), { recursive: true });
  const project = join(staging, 'tsconfig.json');
  // A browser has these joined.
  const exclude = ['**/*.test.ts', '**/stage/**', 'browser/**'].map((pattern) => join(root, 'src', pattern));
  writeFileSync(
    project,
    JSON.stringify({ extends: join(root, 'tsconfig.base.json'), compilerOptions, include: [join(root, 'src/**/*.ts')], exclude }),
  );
  run(join(root, 'node_modules/.bin/tsc'), ['--project', project], root);
  rmSync(project);
  cpSync(join(root, 'src/host/user/enter'), join(staging, 'dist/host/user/enter'));
  writeFileSync(join(staging, 'bin/isola.js'), program);
  chmodSync(join(staging, 'bin/isola.js'), 0o755);
  writeFileSync(join(staging, 'package.json'), `${JSON.stringify(published(), null, 2)}\n`);
  for (const file of ['README.md', 'LICENSE', 'CHANGELOG.md', 'docs/coverage'])
    cpSync(join(root, file), join(staging, file), { recursive: true });
  // For this machine's architecture; on another one what needs them says that they are missing.
  for (const built of buildAll()) cpSync(built, join(staging, 'programs', process.arch, basename(built)));
  mkdirSync(join(staging, 'programs/page'), { recursive: true });
  for (const [name, text] of Object.entries(pageFiles())) writeFileSync(join(staging, 'programs/page', name), text);
  run(process.execPath, ['--input-type=module', '--eval', derived], staging);
  const [{ filename }] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', directory], staging));
  return join(directory, filename);
};

if (import.meta.main) console.log(pack(resolve(process.argv[2] ?? '.')));
