import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Compared, keptOf } from './kept.ts';

const long: Compared = { date: '2026-01-01', runs: 1_000_000, mismatches: 0, sources: 'one' };
const short: Compared = { date: '2026-01-02', runs: 300, mismatches: 0, sources: 'one' };

test('a short comparison leaves the longer one of the same sources in its place', () => {
  assert.equal(keptOf(long, short), long);
  assert.equal(keptOf(short, long), long);
  assert.equal(keptOf(undefined, short), short);
});

test('what is about other sources is forgotten, however long it was', () => {
  const now = { ...short, sources: 'other' };
  assert.equal(keptOf(long, now), now);
});

test('a mismatch is told, however short the comparison was, until as long a one finds none', () => {
  const found = { ...short, mismatches: 1 };
  assert.equal(keptOf(long, found), found);
  const many = { ...long, mismatches: 5 };
  assert.equal(keptOf(many, short), many);
  assert.equal(keptOf(many, long), long);
});
