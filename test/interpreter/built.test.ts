import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { readyInterpreter } from '../../src/computer/engine/interpreter.ts';
import { rememberedSources, rememberSources } from '../../src/computer/engine/remembered.ts';
import { digestOfSources, readSources } from '../../src/computer/engine/sources.ts';
import { engine, interpreterOf, isa, keptOf, tableOf } from '../../src/isa/index.ts';

const tool = join(import.meta.dirname, '../../tools/build-interpreter.ts');
const scratch = mkdtempSync(join(tmpdir(), 'isola-interpreter-'));
after(() => rmSync(scratch, { recursive: true }));

const begin = (directory: string): ChildProcess =>
  spawn(process.execPath, ['--disable-warning=ExperimentalWarning', tool, directory], { stdio: 'ignore' });

const ended = async (child: ChildProcess): Promise<void> => {
  const [code] = await once(child, 'exit');
  assert.equal(code, 0);
};

const fileIn = (directory: string): Buffer => readFileSync(join(directory, digestOfSources()));

test('two builds at once, in one directory and in two, make the same bytes, and leave nothing else', async () => {
  const [one, other] = [join(scratch, 'one'), join(scratch, 'other')];
  await Promise.all([one, one, other].map((directory) => ended(begin(directory))));
  assert.deepEqual(fileIn(one), fileIn(other));
  for (const directory of [one, other]) assert.deepEqual(readdirSync(directory), [digestOfSources()]);
  const { interpreter } = readyInterpreter(one);
  const derived = interpreterOf(tableOf(isa).forms);
  assert.deepEqual(interpreter.bytes, derived.bytes);
  assert.deepEqual(keptOf(interpreter), keptOf(derived));
});

test('one that is there is taken; one of other sources is removed, one that is damaged built anew', () => {
  const directory = join(scratch, 'kept');
  const { path } = readyInterpreter(directory);
  assert.ok(path !== undefined && basename(path) === digestOfSources());
  const whole = readFileSync(path);
  const { mtimeNs } = statSync(path, { bigint: true });
  readyInterpreter(directory);
  assert.equal(statSync(path, { bigint: true }).mtimeNs, mtimeNs);
  writeFileSync(join(directory, '0'.repeat(64)), 'of other sources');
  const damaged = Buffer.from(whole);
  damaged[damaged.length >> 1]! ^= 1;
  for (const bytes of [damaged, Buffer.alloc(0)]) {
    writeFileSync(path, bytes);
    readyInterpreter(directory);
    assert.deepEqual(readFileSync(path), whole);
    assert.deepEqual(readdirSync(directory), [basename(path)]);
  }
});

test('whoever is killed leaves a whole one or none, and what it was writing is removed by the next', async () => {
  const directory = join(scratch, 'killed');
  const seen = { whole: 0, none: 0 };
  for (let round = 0; round < 2; round++) {
    rmSync(join(directory, digestOfSources()), { force: true });
    const child = begin(directory);
    const gone = once(child, 'exit');
    // As soon as it writes, or has written.
    while (child.exitCode === null && !names(directory).some((name) => name.startsWith(digestOfSources()))) await pause(1);
    if (round > 0) await pause(6);
    child.kill('SIGKILL');
    await gone;
    if (names(directory).includes(digestOfSources())) seen.whole++;
    else seen.none++;
    const { interpreter, path } = readyInterpreter(directory);
    assert.ok(new engine.Module(interpreter.bytes));
    assert.deepEqual(names(directory), [basename(path ?? '')], JSON.stringify(seen));
  }
});

const names = (directory: string): readonly string[] => {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
};

test('sources are remembered with what they were when they were read, and read again when one is another', () => {
  const path = join(scratch, 'remembered.sources');
  assert.equal(rememberedSources(path), undefined);
  const sources = readSources();
  rememberSources(path, sources);
  assert.deepEqual(rememberedSources(path), sources);
  const [[file, changedMs, bytes] = assert.fail(), ...others] = sources.seen;
  for (const seen of [
    [[file, changedMs + 1, bytes], ...others],
    [[file, changedMs, bytes + 1], ...others],
    [...sources.seen, ['gone.ts', changedMs, 1]],
  ] as const) {
    rememberSources(path, { ...sources, seen });
    assert.equal(rememberedSources(path), undefined);
  }
  rememberSources(path, { ...sources, directory: '/elsewhere' });
  assert.equal(rememberedSources(path), undefined);
  writeFileSync(path, '{"direct');
  assert.equal(rememberedSources(path), undefined);
  // Where it can't be written, nothing happens.
  rememberSources(join(scratch, 'none', 'remembered'), sources);
});
