import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { MemoryTechnique } from '../../../../test/memory/technique.ts';
import type { TechniqueName } from '../../../environment/index.ts';
import { traitsOf } from './traits.ts';

test('what the tests recorded of a technique is told: clauses, images, lines', async () => {
  const { breadth, complexity } = await traitsOf(new MemoryTechnique('os-level', { slowness: 1 }));
  assert.match(breadth, /^\d+ of \d+ clauses of the contract; busybox, /);
  assert.ok((complexity.lines ?? 0) > 100 && (complexity.shared ?? 0) > 10_000);
});

test('what nobody recorded is not made up', async () => {
  // Of all there are the tests have recorded something.
  const { breadth, complexity } = await traitsOf(new MemoryTechnique('magic' as TechniqueName, { slowness: 1 }));
  assert.deepEqual([breadth, complexity.lines], ['not recorded', null]);
});

const hasDpkg = spawnSync('dpkg-query', ['--version']).status === 0;

test('packages have their installed size', { ...(!hasDpkg && { skip: 'this host has no dpkg' }) }, async () => {
  const { packages } = (await traitsOf(new MemoryTechnique('os-level', { slowness: 1 }))).complexity;
  assert.deepEqual(Object.keys(packages), ['coreutils']);
  assert.ok((packages['coreutils'] ?? 0) > 1_000_000);
});
