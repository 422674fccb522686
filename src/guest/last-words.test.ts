import assert from 'node:assert/strict';
import { test } from 'node:test';
import { causeIn } from './last-words.ts';

const panic = 'Kernel panic - not syncing: sysrq triggered crash';

test('a panic is told by the kernel’s own line, on whichever console', () => {
  const cause = { kind: 'panic', words: 'its kernel gave up: sysrq triggered crash' };
  assert.deepEqual(causeIn([`sysrq: Trigger a crash\n[    2.1] ${panic}\r\n`], ''), cause);
  assert.deepEqual(causeIn([''], `a program\n<0>${panic}`), cause);
  // A processor that stood still after it, too.
  assert.deepEqual(causeIn([`${panic}\nisola (crash): a triple fault\n`], ''), cause);
});

test('what the machine’s process found is told by its word, and what isola’s own parts said is a failure', () => {
  assert.deepEqual(causeIn(['isola (hang): it heard nothing\n'], ''), { kind: 'hang', words: 'it heard nothing' });
  assert.deepEqual(causeIn(['', `isola: its init can't be run\n${panic}`], ''), { kind: 'failure', words: "its init can't be run" });
});

test('what programs print is no cause, nor is a word that nobody knows', () => {
  assert.equal(causeIn(['all is well\nisola (fun): ha\n'], `isola: nonsense\n${panic}`), undefined);
});

test('no control character comes out of a machine that way, and no more than a few lines', () => {
  assert.deepEqual(causeIn([`isola (crash): \u001b[2Jred\u009b${'x'.repeat(900)}\n`], '')?.words.length, 500);
  assert.equal(causeIn(['isola (crash): a\u001b[2J\u0007b\n'], '')?.words, 'a [2J b');
});
