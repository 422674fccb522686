import { test } from 'node:test';
import { fuzz } from '../../fuzz/mutation.ts';
import { challenge } from '../../fuzz/oci/challenge.ts';
import { document } from '../../fuzz/oci/document.ts';
import { reference } from '../../fuzz/oci/reference.ts';
import { tar } from '../../fuzz/oci/tar.ts';
import { notRoot } from './test-store.ts';

for (const [name, attempt, skip] of [
  ['reference', reference, false],
  ['challenge', challenge, false],
  ['document', document, false],
  ['tar', tar, notRoot],
] as const)
  test(`a second of random input finds nothing in ${name}`, { skip }, () => {
    fuzz(name, attempt, 1, 1);
  });
