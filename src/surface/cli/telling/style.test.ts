import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryOutside } from '../../../../test/memory/outside.ts';
import { paintFor } from './style.ts';

const paints = (env: NodeJS.ProcessEnv, terminal: boolean, color?: boolean): boolean =>
  paintFor(new MemoryOutside({ terminals: terminal ? [1] : [], env }), 1, color)('bold', 'x') !== 'x';

test('a terminal is painted on, a file is not', () => {
  assert.equal(paints({}, true), true);
  assert.equal(paints({}, false), false);
});

test('the variables people know decide, and the option before them', () => {
  assert.equal(paints({ NO_COLOR: '1' }, true), false);
  assert.equal(paints({ NO_COLOR: '' }, true), true);
  assert.equal(paints({ NO_COLOR: '1', FORCE_COLOR: '1' }, true), false);
  assert.equal(paints({ FORCE_COLOR: '1' }, false), true);
  assert.equal(paints({ FORCE_COLOR: '0' }, true), false);
  assert.equal(paints({ CLICOLOR: '0' }, true), false);
  assert.equal(paints({ CLICOLOR: '1' }, false), false);
  assert.equal(paints({ CLICOLOR_FORCE: '1' }, false), true);
  assert.equal(paints({ TERM: 'dumb' }, true), false);
  assert.equal(paints({ NO_COLOR: '1' }, false, true), true);
  assert.equal(paints({ FORCE_COLOR: '1' }, true, false), false);
});
