import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { Digest } from '../environment/index.ts';
import { Damage, Unsupported } from './damage.ts';
import { chainId, isDigest, parseDigest, type Sha256 } from './digest.ts';

const hash: Sha256 = (content) => `sha256:${createHash('sha256').update(content).digest('hex')}`;
const id = (letter: string): Digest => `sha256:${letter.repeat(64)}`;

test('the chain id of one layer is its diff id', () => {
  assert.equal(chainId([id('a')], hash), id('a'));
});

test('the chain id of layers is that of those below, a space, and the next', () => {
  const below = hash(`${id('a')} ${id('b')}`);
  assert.equal(chainId([id('a'), id('b'), id('c')], hash), hash(`${below} ${id('c')}`));
});

test('an order of layers has a chain id of its own', () => {
  assert.notEqual(chainId([id('a'), id('b')], hash), chainId([id('b'), id('a')], hash));
});

test('only sha256 and 64 lower-case digits are a digest', () => {
  assert.ok(isDigest(id('a')));
  for (const wrong of ['', 'sha256:', id('A'), id('g'), `${id('a')} `, `sha256:${'a'.repeat(63)}`, `sha512:${'a'.repeat(64)}`])
    assert.ok(!isDigest(wrong), wrong);
});

test('a digest of another algorithm is told apart from nonsense', () => {
  assert.throws(() => parseDigest(`sha512:${'a'.repeat(128)}`, 'the config'), Unsupported);
  assert.throws(() => parseDigest('sha256:../../etc/passwd', 'the config'), Damage);
});
