/** Sources joined into one file, in a copy of the checkout: whatever happens to either, a command does what the sources say. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { nodeOptions } from '../../src/computer/machine/isola.ts';
import { stage, whyNot } from '../stage/stage.ts';
import { endOf } from './checkout.ts';

const root = join(import.meta.dirname, '../..');

/** Tells on standard error how many sources are loaded one by one, and how many packs are read. */
const spy = `
const { registerHooks } = require('node:module');
const fs = require('node:fs');
let sources = 0, reads = 0;
registerHooks({ load: (url, context, next) => { if (url.includes('/src/')) sources++; return next(url, context); } });
const { openSync, readSync } = fs;
const opened = new Set();
fs.openSync = (path, ...rest) => { const fd = openSync(path, ...rest); if (/joined.*(js|code)$/.test(path)) opened.add(fd); return fd; };
fs.readSync = (fd, ...rest) => { if (opened.has(fd)) reads++; return readSync(fd, ...rest); };
process.on('exit', () => fs.writeSync(2, \`sources \${sources} packs \${reads / 2}\\n\`));
`;

/** Tells on standard error of each pack whether V8 took the code that was compiled ahead of it. */
const codeSpy = `
const vm = require('node:vm');
const { Script } = vm;
vm.Script = class extends Script { constructor(...how) { super(...how); process._rawDebug('code taken', !this.cachedDataRejected); } };
`;

const skip = await whyNot('os-level');
let home = '';

const begin = (args: readonly string[], uid = 0, words: readonly string[] = []): ReturnType<typeof endOf> => {
  const flags = ['--disable-warning=ExperimentalWarning', ...words, '--require', `${home}/spy.cjs`];
  const child = spawn(process.execPath, [...flags, `${home}/tools/join/start.cjs`, ...args], {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid !== 0 && { uid, gid: uid }),
  });
  return endOf(child);
};
const joined = (): readonly string[] => readdirSync(`${home}/.isola/joined`).sort();
const index = (): string => readFileSync(`${home}/.isola/joined/index.json`, 'utf8');
const help = 'src/surface/cli/help/index.ts';
const changeHelp = (from: RegExp, to: string): void => {
  const text = readFileSync(`${home}/${help}`, 'utf8');
  assert.match(text, from);
  writeFileSync(`${home}/${help}`, text.replace(from, to));
};
const changeVersion = (word: string): void => changeHelp(/`\w+ (?=\$\{version)/, `\`${word} `);
const makeOlder = (name: string): void => utimesSync(`${home}/.isola/joined/${name}`, 1, 1);

suite('joined sources', () => {
  const here = stage();
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'isola joined-'));
    for (const path of ['src', 'tools/join', 'package.json']) cpSync(join(root, path), `${home}/${path}`, { recursive: true });
    mkdirSync(`${home}/.isola`);
    writeFileSync(`${home}/spy.cjs`, spy);
    chmodSync(home, 0o755);
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  test('the first command joins them, and no source is loaded by itself from then on', async () => {
    const said = /^isola \d+\.\d+\.\d+\n$/;
    const first = await begin(['--version']);
    assert.match(first.out, said);
    const before = index();
    const { status, out, err } = await begin(['--version']);
    assert.equal(status, 0);
    assert.match(out, said);
    assert.match(err, /^sources 0 packs \d\n$/);
    assert.equal(index(), before);
    assert.equal(joined().length, 3);
  });

  test('V8 takes the code that was compiled ahead, whichever way a command, a computer or a machine is begun', async () => {
    await begin(['--version']);
    writeFileSync(`${home}/spy.cjs`, codeSpy);
    // MOV AL, 1; OUT F4h, AL: it begins, and ends with 3.
    const ended = Buffer.alloc(1440 * 1024);
    ended.set([0xb0, 0x01, 0xe6, 0xf4]);
    ended.writeUInt16LE(0xaa55, 510);
    writeFileSync(`${home}/ended.img`, ended);
    const launcher = readFileSync(join(root, 'isola'), 'utf8');
    const ways = [...launcher.matchAll(/\byoung='?([^'\s]*(?: --[^'\s]+)*)/g)].map(([, words = '']) => words.split(' '));
    assert.equal(ways.length, 2);
    for (const words of [...ways, nodeOptions]) {
      const { status, err } = await begin(['boot', '--help'], 0, words);
      assert.deepEqual({ words, status, told: new Set(err.trim().split('\n')) }, { words, status: 0, told: new Set(['code taken true']) });
    }
    // What it needs before it runs, too, is loaded before V8 is told anything. The first one makes its interpreter, which takes more.
    const boot = ['boot', `${home}/ended.img`, '--display', 'none'];
    assert.equal((await begin(boot, 0, ways[1])).status, 3);
    const { status, err } = await begin(boot, 0, ways[1]);
    const told = err.split('\n').filter((line) => line.startsWith('code taken'));
    assert.deepEqual({ status, told: new Set(told) }, { status: 3, told: new Set(['code taken true']) }, err);
    assert.ok(told.length > 2, err);
  });

  test('a join that is older than a source is not used', async () => {
    await begin(['--version']);
    changeVersion('changed');
    assert.match((await begin(['--version'])).out, /^changed \d/);
    // As somebody whom nothing is given to write.
    changeVersion('again');
    const before = index();
    const { out, err } = await begin(['--version'], 65534);
    assert.match(out, /^again \d/);
    assert.match(err, /^sources \d\d/);
    assert.equal(index(), before);
  });

  test('a source that only a rare command needs is looked at by that one, which does what it says', async () => {
    const line = ['boot', '--kernel', '/none'];
    assert.match((await begin(line)).err, /^isola: there is no \/none\n/);
    const { err } = await begin(line);
    assert.match(err, /^isola: there is no \/none\n[\s\S]*sources 0 /);
    const path = `${home}/src/computer/boot/bootable.ts`;
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll("readWhole(path, 'kernel')", "readWhole(`${path}-changed`, 'kernel')"));
    assert.match((await begin(['--version'])).err, /^sources 0 /);
    assert.match((await begin(line)).err, /^isola: there is no \/none-changed\n/);
    const again = await begin(line);
    assert.match(again.err, /^isola: there is no \/none-changed\n[\s\S]*sources 0 /);
  });

  test('a source that can’t be joined speaks for itself', async () => {
    await begin(['--version']);
    changeHelp(/^(?=export )/m, 'export default 7;\n');
    const { status, out, err } = await begin(['--version']);
    assert.equal(status, 0);
    assert.match(out, /^isola \d/);
    assert.match(err, /^sources \d\d/);
  });

  test('two and more at once each do what they are asked', async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => begin(['--version'])));
    for (const { status, out } of all) {
      assert.equal(status, 0);
      assert.match(out, /^isola \d/);
    }
    assert.equal(joined().length, 3);
    assert.match((await begin(['--version'])).err, /^sources 0/);
  });

  test('killed at any point, the join leaves nothing half made', async () => {
    for (const afterMs of [60, 120, 180, 240, 300, 360]) {
      const child = spawn(process.execPath, [`${home}/tools/join/index.ts`], { stdio: 'ignore' });
      const ended = new Promise((resolve) => child.once('close', resolve));
      await pause(afterMs);
      child.kill('SIGKILL');
      await ended;
      const { status, out } = await begin(['--version']);
      assert.equal(status, 0);
      assert.match(out, /^isola \d/);
      changeVersion('isola');
    }
    for (const name of joined()) makeOlder(name);
    const { err } = await begin(['--version']);
    assert.match(err, /^sources \d/);
    assert.equal(joined().length, 3, joined().join(' '));
  });

  test('a damaged join is made anew', async () => {
    await begin(['--version']);
    const code = joined().find((name) => name.endsWith('.code')) ?? '';
    for (const [name, text] of [
      [code, 'short'],
      ['index.json', '{"id":'],
      ['index.json', index().replace(/"node":"[^"]*"/, '"node":"v1.2.3 vax"')],
    ] as const) {
      writeFileSync(`${home}/.isola/joined/${name}`, text);
      assert.match((await begin(['--version'])).out, /^isola \d/, name);
      assert.match((await begin(['--version'])).err, /^sources 0/, name);
    }
  });

  test('what root joins in somebody’s checkout is theirs', async () => {
    chownSync(`${home}/.isola`, 65534, 65534);
    await begin(['--version']);
    changeVersion('changed');
    await begin(['--version'], 65534);
    const { out, err } = await begin(['--version'], 65534);
    assert.match(out, /^changed/);
    assert.match(err, /^sources 0/);
  });

  test('the stack of a mistake names the source', async () => {
    changeHelp(/^(?= {2}await write\(outside\.stdout, `isola)/m, "  if (outside) throw new Error('boom');\n");
    await begin(['--version']);
    const { err } = await begin(['--version']);
    const line =
      readFileSync(`${home}/${help}`, 'utf8')
        .split('\n')
        .findIndex((text) => text.includes('boom')) + 1;
    assert.ok(err.includes(`${home}/${help}:${line}:`), err);
    assert.doesNotMatch(err, /joined\/\d/);
    assert.match(err, /sources 0/);
  });

  test('exec reads one pack, run two', { skip }, async () => {
    await here.ok('launch', '--hold', '--network', 'none', 'busybox', 've');
    for (const [packs, ...words] of [
      [1, 'exec', 've'],
      [2, 'run', '--network', 'none', 'busybox'],
    ] as const) {
      const line = ['--store', here.store, ...words, '--', 'true'];
      await begin(line);
      assert.deepEqual(await begin(line), { status: 0, out: '', err: `sources 0 packs ${packs}\n` });
    }
  });
});
