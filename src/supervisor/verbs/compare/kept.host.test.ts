import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { madeUp } from '../../../../test/memory/comparison.ts';
import { keep, lastKept, quoted } from './kept.ts';

const store = mkdtempSync(join(tmpdir(), 'isola-kept-'));
const path = `${store}/compared.json`;
test.after(() => rmSync(store, { recursive: true }));

const lookedAt = () => {
  const said: string[] = [];
  return { found: lastKept(store, (sentence) => said.push(sentence)), said };
};

test('where nothing was compared there is nothing to tell', () => {
  assert.deepEqual(lookedAt(), { found: undefined, said: [] });
  assert.deepEqual(quoted(store, 'os-level'), []);
});

test('the last comparison comes back as it was, and one figure of it can be quoted', () => {
  const exec = { ...madeUp.figures.find(({ what, subject }) => what === 'cpu' && subject === 'os-level')!, what: 'exec' };
  const measured = { ...madeUp, figures: [...madeUp.figures, exec] };
  keep(store, measured);
  assert.deepEqual(lookedAt(), { found: measured, said: [] });
  assert.deepEqual(quoted(store, 'os-level'), ['fork and exec take 1.01× the bare host’s time (isola compare, 2026-01-02)']);
  assert.deepEqual(quoted(store, 'emulation'), []);
});

test('what another version or host wrote, or nobody, is passed over with a sentence', () => {
  keep(store, madeUp);
  const text = readFileSync(path, 'utf8');
  for (const [content, why] of [
    [text.replace('"version":1', '"version":2'), /has version 2, not 1/],
    [text.replace(/"host":"[^"]*"/, '"host":"elsewhere"'), /another host made it/],
    [text.replace('"busybox"', '7'), /image is 7, not a text/],
    ['{', /is passed over/],
  ] as const) {
    writeFileSync(path, content);
    const { found, said } = lookedAt();
    assert.equal(found, undefined);
    assert.match(said.join(), why);
    assert.deepEqual(quoted(store, 'os-level'), []);
  }
});
