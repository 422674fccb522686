import { test } from 'node:test';
import { code } from '../../fuzz/isa/code.ts';
import { fuzz } from '../../fuzz/mutation.ts';

test('a second of random input finds nothing in code', () => {
  fuzz('code', code, 1, 1);
});
