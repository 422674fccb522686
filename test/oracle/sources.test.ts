import assert from 'node:assert/strict';
import { test } from 'node:test';
import { families } from '../../src/isa/index.ts';
import { digestOf, sourcesOf } from './sources.ts';

test("every family's sources are found, and have a digest", () => {
  for (const family of Object.keys(families)) assert.match(digestOf(family), /^[0-9a-f]{16}$/);
});

test('what is derived is about what it is derived of, and no other family', () => {
  const sources = sourcesOf('vexFloat');
  for (const path of ['spec/vector/float.ts', 'spec/vector/vex/derive.ts', 'runtime/float.ts', 'runtime/float/fused.ts'])
    assert.ok(sources.includes(path), path);
  assert.ok(!sources.includes('spec/vector/string.ts'));
});

test('whatever is written anew for VEX is a source of the families that have it', async () => {
  const { apart } = await import('../../src/isa/spec/vector/vex/apart.ts');
  for (const name of Object.keys(apart)) {
    const family = `vex${name[0]?.toUpperCase()}${name.slice(1)}`;
    assert.ok(sourcesOf(family).includes('spec/vector/vex/apart.ts'), family);
  }
});

test('what calculates outside the interpreter is a source of those that call it', () => {
  assert.ok(sourcesOf('x87Transcendental').includes('runtime/x87/transcendental.ts'));
  assert.ok(!sourcesOf('arithmetic').some((path) => path.startsWith('runtime/')));
});
