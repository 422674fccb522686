import { test } from 'node:test';
import { session } from '../../fuzz/gdb/session.ts';
import { fuzz } from '../../fuzz/mutation.ts';

test('a second of random packets throws nothing, and is answered in whole ones', () => {
  fuzz('gdb', session, 1, 1);
});
