import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whenAborted } from './abort.ts';

test('what is to be done when a signal is aborted is done once, also where it was before, and not once it is disposed of', () => {
  const abort = new AbortController();
  let done = 0;
  const act = (): void => void done++;
  const [kept, dropped] = [whenAborted(abort.signal, act), whenAborted(abort.signal, act)];
  dropped[Symbol.dispose]();
  abort.abort();
  assert.equal(done, 1);
  kept[Symbol.dispose]();
  using _late = whenAborted(abort.signal, act);
  assert.equal(done, 2);
  using _none = whenAborted(undefined, act);
  assert.equal(done, 2);
});
