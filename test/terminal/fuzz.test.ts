import { test } from 'node:test';
import { fuzz } from '../../fuzz/mutation.ts';
import { sent } from '../../fuzz/terminal/sent.ts';

test('a second of what terminals may send is keys and movements, whatever the pieces it comes in', () => {
  fuzz('terminal', sent, 1, 1);
});
