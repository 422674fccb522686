import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { cpuSecondsOf, Unfinished, watch } from './watched.ts';

/** Texts of marks, and why there are no more. */
const heard = async (script: string, until: string, patienceMs?: number): Promise<readonly string[]> => {
  const { signal } = new AbortController();
  try {
    const marks = await watch(['sh', '-c', script], { signal, until, ...(patienceMs !== undefined && { patienceMs }) });
    return marks.map(({ text }) => text);
  } catch (error) {
    assert.ok(error instanceof Unfinished);
    return [...error.marks.map(({ text }) => text), error.message];
  }
};

test('a program is watched to its last mark, and no further', async () => {
  assert.deepEqual(await heard('echo @shell; echo no mark; echo "@end 0"; sleep 60', 'end 0'), ['shell', 'end 0']);
});

test('one that ended by then is told, with how', async () => {
  assert.deepEqual(await heard('echo @shell; sleep 0.2; exit 3', 'done'), ['shell', 'it ended with 3, after it had said shell']);
  assert.deepEqual(await heard('kill -SEGV $$', 'done'), ['it was ended by SIGSEGV, after it had said nothing']);
  assert.deepEqual(await heard('echo @shell; exec sleep 60', 'done', 500), ['shell', 'it took more than 0.5 s, after it had said shell']);
});

test('one that has ended before what it said is heard took nobody knows what, but at its last mark', async () => {
  const late = (...marks: readonly string[]): string =>
    `echo @shell; sleep 0.2; { sleep 0.3; ${marks.map((mark) => `echo @${mark};`).join(' ')} } & exit 3`;
  assert.deepEqual(await heard(late('begin', 'done'), 'done'), ['shell', 'it ended with 3, after it had said shell']);
  assert.deepEqual(await heard(late('done'), 'done'), ['shell', 'done']);
});

test('a process that has ended takes nothing', () => {
  assert.ok((cpuSecondsOf(process.pid) ?? 0) > 0);
  assert.equal(cpuSecondsOf(spawnSync('true').pid), undefined);
});
