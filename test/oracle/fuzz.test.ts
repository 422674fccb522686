import { test } from 'node:test';
import { blocks, labs } from '../../fuzz/isa/blocks.ts';
import { code } from '../../fuzz/isa/code.ts';
import { modes } from '../../fuzz/isa/modes.ts';
import { protection } from '../../fuzz/isa/protection.ts';
import { rigsOf } from '../../fuzz/isa/rig.ts';
import { state } from '../../fuzz/isa/state.ts';
import { fuzz } from '../../fuzz/mutation.ts';

test('a second of random input finds nothing in code', () => {
  fuzz('code', code, 1, 1);
});

test('two seconds of random code run the same in blocks and instruction by instruction', () => {
  labs();
  fuzz('blocks', blocks, 2, 1);
});

test('two seconds of random tables, gates and tasks throw nothing, and run the same either way', () => {
  fuzz('protection', protection, 2, 1);
});

test('two seconds of random code in every mode run the same in parts of any length', () => {
  rigsOf(2);
  fuzz('modes', modes, 2, 1);
});

test('two seconds of random states are refused or run, and go on elsewhere as here', () => {
  fuzz('state', state, 2, 1);
});
