/** A program inside that runs without a rest and misses nothing: whoever takes it elsewhere in its midst is found out. */
import assert from 'node:assert/strict';

/** It writes each thousandth number down; it asks its kernel for nothing but that. */
export const counting =
  '(while :; do i=$((i+1)); [ $((i % 1000)) != 0 ] || echo $i >> /counted; done) > /dev/null 2>&1 & echo $! > /counts; touch /counted';

/** Waits until so many more are written down. */
export const furtherBy = (more: number): string =>
  `n=$(($(wc -l < /counted) + ${more})); until [ $(wc -l < /counted) -ge $n ]; do sleep 0.1; done`;

/** Waits for more, ends it, and prints what it has counted. */
export const counted = `${furtherBy(5)}; kill $(cat /counts); cat /counted`;

export const assertCounted = (printed: string): void => {
  const numbers = printed.trim().split('\n');
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => `${(index + 1) * 1000}`),
  );
};
