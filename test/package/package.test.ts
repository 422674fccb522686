/** The npm package as somebody gets it who never saw the checkout. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { pack } from '../../tools/pack.ts';
import { whyNoFirmware } from '../boot/firmware.ts';
import { provideMachines } from '../stage/machines.ts';
import { stage, whyNot } from '../stage/stage.ts';

const root = join(import.meta.dirname, '../..');
const skip = (await whyNot('os-level')) ?? false;
const skipEmulation = (await whyNot('emulation')) ?? false;

/** What its README promises, as a user writes it. */
const program = `import { ExecError, Isola, Refusal, type ExecResult } from 'isola';

await using isola = await Isola.open({ store: process.argv[2] });
await using box = await isola.create('busybox', { memory: '64M', pids: 32, network: 'none' });
const { exitCode, stdout }: ExecResult = await box.exec(['sh', '-c', 'echo inside; exit 3'], { timeoutMs: 120_000 });
console.log(exitCode, stdout.trim());
try {
  await box.exec(['no-such-command']);
} catch (error) {
  if (!(error instanceof Refusal) || error instanceof ExecError) throw error;
  console.log(error.code);
}
`;

/** The same image, in a machine that runs on any host. */
const emulated = `import { Isola } from 'isola';

await using isola = await Isola.open({ store: process.argv[2] });
await using box = await isola.create('busybox', { technique: 'emulation', memory: '160M', network: 'none' });
const { exitCode, stdout } = await box.exec(['sh', '-c', 'uname -m; exit 3'], { timeoutMs: 600_000 });
console.log(exitCode, stdout.trim());
`;

const options = {
  strict: true,
  module: 'nodenext',
  target: 'esnext',
  lib: ['esnext'],
  types: ['node'],
  skipLibCheck: false,
  exactOptionalPropertyTypes: true,
};

suite('the npm package', () => {
  const here = stage();
  const { store } = here;
  let project: string;

  const run = (file: string, ...args: readonly string[]) => spawnSync(file, args, { cwd: project, encoding: 'utf8' });

  before(async () => {
    if (skipEmulation === false) await provideMachines(here);
    project = mkdtempSync(join(tmpdir(), 'isola-package-'));
    const modules = join(project, 'node_modules');
    mkdirSync(modules);
    assert.equal(run('tar', '-xzf', pack(project), '-C', modules).status, 0);
    assert.equal(run('mv', join(modules, 'package'), join(modules, 'isola')).status, 0);
    for (const name of ['modern-tar', 'yaml', '@types']) symlinkSync(join(root, 'node_modules', name), join(modules, name));
    writeFileSync(join(project, 'package.json'), JSON.stringify({ type: 'module' }));
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: { ...options, noEmit: true } }));
    writeFileSync(join(project, 'program.ts'), program);
  });
  after(() => rmSync(project, { recursive: true, force: true }));

  test('has types that a strict program compiles against, declarations included', () => {
    const { status, stdout } = run(join(root, 'node_modules/.bin/tsc'), '--project', project);
    assert.equal(status, 0, stdout);
  });

  test('runs that program', { skip }, () => {
    const { stdout, stderr } = run(process.execPath, '--disable-warning=ExperimentalWarning', 'program.ts', store);
    assert.equal(stdout, '3 inside\ncommand-not-found\n', stderr);
  });

  test('runs one in an emulated machine', { skip: skipEmulation }, () => {
    writeFileSync(join(project, 'emulated.ts'), emulated);
    const { stdout, stderr } = run(process.execPath, '--disable-warning=ExperimentalWarning', 'emulated.ts', store);
    assert.equal(stdout, '3 x86_64\n', stderr);
  });

  test('brings the command line, whose environments outlive it and are cleaned up after', { skip }, () => {
    const isola = (...args: readonly string[]) =>
      run(process.execPath, '--disable-warning=ExperimentalWarning', bin, '--store', store, ...args);
    const bin = join(project, 'node_modules/isola/bin/isola.js');
    assert.match(isola('--version').stdout, new RegExp(`^isola ${JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version}\n`));
    const { status, stderr } = isola('launch', 'busybox', 'brief', '--network', 'none', '--', 'sh', '-c', 'exit 5');
    assert.equal(status, 0, stderr);
    assert.match(isola('wait', 'brief', '--timeout', '2m', '--format', 'json').stdout, /"exitCode": 5/);
    assert.equal(isola('delete', 'brief').status, 0);
  });

  test('brings isola’s own programs, and what isola compare needs', () => {
    const brought = join(project, 'node_modules/isola');
    const program = join(brought, `programs/${process.arch}/measure`);
    for (const name of ['agent', 'relay', 'cable', 'pretend', 'share']) assert.ok(existsSync(join(program, '..', name)), name);
    const { stdout } = spawnSync(program, [join(project, 'work')], { input: 'cpu 1000 -1\n', encoding: 'utf8' });
    assert.match(stdout, /^\d+ \d+\n$/);
    assert.ok(JSON.parse(readFileSync(join(brought, 'docs/coverage/complexity.json'), 'utf8')).shared > 1000);
  });

  test('brings the page that has a computer', { skip: whyNoFirmware() }, () => {
    writeFileSync(join(project, 'floppy.img'), new Uint8Array(1440 * 1024));
    const isola = join(project, 'node_modules/isola/bin/isola.js');
    const { status, stderr } = run(
      process.execPath,
      '--disable-warning=ExperimentalWarning',
      isola,
      'boot',
      'floppy.img',
      '--page',
      'public',
    );
    assert.equal(status, 0, stderr);
    for (const name of ['index.html', 'page.js', 'worker.js', 'files/floppy0-floppy.img'])
      assert.ok(existsSync(join(project, 'public', name)), name);
  });

  test('has no install script, and no file that Node could not run', () => {
    const { scripts, dependencies } = JSON.parse(readFileSync(join(project, 'node_modules/isola/package.json'), 'utf8'));
    assert.equal(scripts, undefined);
    assert.deepEqual(Object.keys(dependencies), ['modern-tar', 'yaml']);
    const strippable = run('find', 'node_modules/isola', '-name', '*.ts', '!', '-name', '*.d.ts').stdout;
    assert.equal(strippable, '');
  });
});
