import { test } from 'node:test';
import { memory, program } from '../../fuzz/boot/program.ts';
import { fuzz } from '../../fuzz/mutation.ts';

test('a second of random heads of programs is begun with or refused', () => {
  memory();
  fuzz('program', program, 1, 1);
});
